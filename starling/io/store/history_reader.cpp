#include "starling/io/store/history_reader.hpp"

#include <algorithm>
#include <limits>
#include <vector>

#include "starling/io/store/history_rows.hpp"

namespace starling::store {

namespace {

// 16 MiB of the file, if each row lies on a page of its own.
constexpr std::size_t kStepRowsMax = 4'096;

/// Which rows: the subject's, in the range of time, behind the cursor.
void append_range(SqlText& sql, const HistoryQuery& query, std::string_view column, std::int64_t number) {
  sql << "h." << column << " = " << number;
  if (query.from && (!query.after || query.after->time < *query.from)) sql << " AND h.time >= " << *query.from;
  if (query.to) sql << " AND h.time < " << *query.to;
  if (query.after) sql << " AND (h.time, h.id) > (" << query.after->time << ", " << query.after->id << ")";
}

/// About the box: both names of the meridian of the date line are let through, and looked at afterwards.
void append_box(SqlText& sql, const geo::Box& box) {
  sql << " AND h.latitude >= " << box.south_deg() << " AND h.latitude <= " << box.north_deg() << " AND (h.longitude >= " << box.west_deg()
      << (box.crosses_date_line() ? " OR" : " AND") << " h.longitude <= " << box.east_deg() << " OR h.longitude = 180 OR h.longitude = -180)";
}

bool is_wanted(const HistoryQuery& query, const HistoryRow& row) noexcept {
  return !query.bounds || row.kind == HistoryKind::gap || (row.place && query.bounds->contains(*row.place));
}

}  // namespace

SqlText page_statement(const HistoryQuery& query, std::string_view column, std::int64_t number, const std::optional<HistoryCursor>& end) {
  SqlText sql;
  const auto append = [&](std::string_view of, std::int64_t whom, bool in_box) {
    sql << "SELECT " << kHistoryColumns << " FROM history h WHERE ";
    append_range(sql, query, of, whom);
    if (end) sql << " AND (h.time, h.id) <= (" << end->time << ", " << end->id << ")";
    if (in_box && query.bounds) append_box(sql, *query.bounds);
  };
  append(column, number, true);
  sql << " UNION ALL ";
  append("channel", 0, false);
  // One more than wanted tells whether there are more.
  sql << " ORDER BY " << kByTimeAndId << " LIMIT " << std::uint64_t{query.limit} + 1;
  return sql;
}

SqlText state_statement(Dialect dialect, std::int64_t channel, std::uint64_t row) {
  SqlText sql;
  sql << "SELECT " << kHistoryColumns << " FROM series k CROSS JOIN ";
  switch (dialect) {
    case Dialect::sqlite:
      sql << "history h WHERE k.channel = " << channel
          << " AND h.kind = 0 AND h.id = (SELECT x.id FROM history x WHERE x.series = k.id AND x.kind <= 1 AND x.id <= " << row
          << " ORDER BY x.id DESC LIMIT 1)";
      break;
    case Dialect::postgresql:
      sql << "LATERAL (SELECT x.* FROM history x WHERE x.series = k.id AND x.kind <= 1 AND x.id <= " << row
          << " ORDER BY x.id DESC LIMIT 1) h WHERE h.kind = 0 AND k.channel = " << channel;
      break;
  }
  sql << " ORDER BY k.key";
  return sql;
}

Result<std::optional<HistoryReader::Subject>, Failure> HistoryReader::subject_of(const HistoryQuery& query) noexcept {
  // Gaps have a channel without a name, and are in every page anyway.
  if (query.channel.empty()) return std::optional<Subject>{};
  const auto channels = channel_numbers(database_, {&query.channel, 1});
  if (!channels) return Unexpected{channels.error()};
  if (channels->empty()) return std::optional<Subject>{};
  if (!query.key) return std::optional{Subject{"channel", channels->front()}};
  std::optional<Subject> subject;
  auto asked = database_.run("SELECT s.id FROM series s WHERE s.channel = $1 AND s.key = $2", {channels->front(), *query.key}, [&](const Row& row) {
    subject = Subject{"series", row.integer(0)};
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  return subject;
}

void HistoryReader::read_ahead(const HistoryQuery& query, const Subject& subject, std::size_t rows_max) noexcept {
  SqlText sql;
  sql << "SELECT h.id FROM history h WHERE ";
  append_range(sql, query, subject.column, subject.number);
  sql << " ORDER BY h.time, h.id LIMIT " << std::uint64_t{rows_max};
  sql.read_ahead(database_);
}

Result<std::optional<HistoryCursor>, Failure> HistoryReader::step_end(const HistoryQuery& query, const Subject& subject, std::size_t rows) noexcept {
  std::optional<HistoryCursor> end;
  SqlText sql;
  sql << "SELECT h.time, h.id FROM history h WHERE ";
  append_range(sql, query, subject.column, subject.number);
  sql << " ORDER BY h.time, h.id LIMIT 1 OFFSET " << std::uint64_t{rows} - 1;
  auto asked = sql.run(database_, [&](const Row& row) {
    end = HistoryCursor{row.time(0), row.number(1)};
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  return end;
}

Result<HistoryPage, Failure> HistoryReader::page(const HistoryQuery& query) noexcept {
  HistoryPage page{.rows = {}, .cursor = query.after};
  auto subject = subject_of(query);
  if (!subject) return Unexpected{subject.error()};
  // Of what was never seen there are gaps only, as of everything.
  const Subject whose = subject->value_or(Subject{"series", -1});

  HistoryQuery step = query;
  std::size_t left = std::max<std::size_t>(query.examined_max, 1), read = 0, bytes = 0;
  while (true) {
    // With a box any number of rows may be looked at for one that is wanted: so many at a time.
    const std::size_t rows_max = query.bounds ? std::min(left, kStepRowsMax) : query.limit + 1;
    std::optional<HistoryCursor> end;
    if (query.bounds) {
      auto found = step_end(step, whose, rows_max);
      if (!found) return Unexpected{found.error()};
      end = *found;
    }
    read_ahead(step, whose, rows_max);
    auto asked = page_statement(step, whose.column, whose.number, end).run(database_, [&](const Row& row) {
      if (read == query.limit || (bytes >= query.bytes_max && read > 0)) {
        page.has_more = true;
        return false;
      }
      ++read;
      page.cursor = HistoryCursor{row.time(7), row.number(0)};
      if (is_wanted(query, history_row(row))) {
        page.rows.push_back(history_record(row));
        bytes += page.rows.back().text.size();
      }
      return true;
    });
    if (!asked) return Unexpected{asked.error()};
    if (page.has_more || !end) return page;
    page.cursor = step.after = *end;
    left -= rows_max;
    if (left == 0) {
      page.has_more = true;
      return page;
    }
  }
}

Result<CoursePage, Failure> HistoryReader::course(const CourseQuery& query) noexcept {
  CoursePage page;
  if (query.after) {
    page.cursor = *query.after;
  } else {
    auto first = row_known_at(database_, query.from);
    if (!first) return Unexpected{first.error()};
    page.cursor = *first;
  }
  auto last = row_known_at(database_, query.to);
  if (!last) return Unexpected{last.error()};

  std::uint64_t end = *last;
  std::string wanted;
  if (!query.channels.empty()) {
    auto numbers = channel_numbers(database_, query.channels);
    if (!numbers) return Unexpected{numbers.error()};
    numbers->push_back(0);
    wanted = " AND h.channel IN " + list_of(*numbers);
    auto asked = database_.run("SELECT h.id FROM history h WHERE h.id > $1 ORDER BY h.id LIMIT 1 OFFSET $2",
                               {value_of(page.cursor), value_of(std::max<std::size_t>(query.examined_max, 1) - 1)}, [&](const Row& row) {
                                 end = std::min(end, row.number(0));
                                 return true;
                               });
    if (!asked) return Unexpected{asked.error()};
  }

  SqlText sql;
  sql << "SELECT " << kHistoryColumns << " FROM history h WHERE h.id > " << page.cursor << " AND h.id <= " << end << wanted
      << " ORDER BY h.id LIMIT " << std::uint64_t{query.limit} + 1;
  std::size_t bytes = 0;
  auto asked = sql.run(database_, [&](const Row& row) {
    if (page.rows.size() == query.limit || (bytes >= query.bytes_max && !page.rows.empty())) {
      page.has_more = true;
      return false;
    }
    page.rows.push_back(history_record(row));
    page.cursor = page.rows.back().id;
    bytes += page.rows.back().text.size();
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  if (!page.has_more) {
    page.cursor = std::max(page.cursor, end);
    page.has_more = end < *last;
  }
  return page;
}

Result<void, Failure> HistoryReader::state_at(Timestamp at, std::span<const std::string_view> channels, const HistoryVisitor& visitor) noexcept {
  auto row = row_known_at(database_, at);
  if (!row) return Unexpected{row.error()};
  std::vector<std::int64_t> numbers;
  std::vector<std::string_view> names{channels.begin(), channels.end()};
  if (channels.empty()) {
    auto asked = database_.run("SELECT c.id FROM channel c WHERE c.id > 0 ORDER BY c.name", {}, [&](const Row& channel) {
      numbers.push_back(channel.integer(0));
      return true;
    });
    if (!asked) return Unexpected{asked.error()};
  } else {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    auto asked = channel_numbers(database_, names);
    if (!asked) return Unexpected{asked.error()};
    numbers = std::move(*asked);
  }
  bool goes_on = true;
  for (const std::int64_t number : numbers) {
    auto asked = state_statement(database_.dialect(), number, *row).run(database_, [&](const Row& found) {
      goes_on = visitor(history_row(found));
      return goes_on;
    });
    if (!asked) return Unexpected{asked.error()};
    if (!goes_on) break;
  }
  return {};
}

Result<std::optional<HistoryReach>, Failure> HistoryReader::reach(std::span<const std::string_view> channels) noexcept {
  std::string whose;
  if (!channels.empty()) {
    auto numbers = channel_numbers(database_, channels);
    if (!numbers) return Unexpected{numbers.error()};
    whose = " WHERE c.id IN " + list_of(*numbers);
  }
  // What was pruned away ends with a row that may be gone itself: the state is right from the next one that is there, or from the newest.
  std::optional<HistoryReach> reach;
  auto asked = database_.run("SELECT (SELECT h.at FROM history h WHERE h.id >= (SELECT coalesce(max(c.pruned), 0) FROM channel c" + whose +
                                 ") ORDER BY h.id LIMIT 1), l.at_newest FROM life l WHERE EXISTS (SELECT 1 FROM history)",
                             {}, [&](const Row& row) {
                               reach = HistoryReach{.from = row.time(row.is_null(0) ? 1 : 0), .to = row.time(1)};
                               return true;
                             });
  if (!asked) return Unexpected{asked.error()};
  return reach;
}

}  // namespace starling::store

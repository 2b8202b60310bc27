#include "starling/io/store/pruner.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "starling/io/store/history_rows.hpp"
#include "starling/io/store/sql_text.hpp"

namespace starling::store {

namespace {

/// The rows a step looks at: behind `after`, up to `last`.
struct Window {
  std::uint64_t after = 0;
  std::uint64_t last = 0;
  bool is_end = false;
};

Result<Window, Failure> window_of(Database& database, const PruneStep& step, const std::string& whose_position) {
  auto bound = row_known_at(database, step.older_than - std::chrono::milliseconds{1});
  if (!bound) return Unexpected{bound.error()};
  Window window{.after = 0, .last = *bound, .is_end = true};
  auto asked = database.run("SELECT coalesce(min(c.pruned), 0) FROM channel c" + whose_position, {}, [&](const Row& row) {
    window.after = row.number(0);
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  auto limited = database.run("SELECT h.id FROM history h WHERE h.id > $1 ORDER BY h.id LIMIT 1 OFFSET $2",
                              {value_of(window.after), value_of(std::max<std::size_t>(step.rows_max, 1) - 1)}, [&](const Row& row) {
                                if (row.number(0) < window.last) {
                                  window.last = row.number(0);
                                  window.is_end = false;
                                }
                                return true;
                              });
  if (!limited) return Unexpected{limited.error()};
  return window;
}

/// Series of which a row went that was not followed by another: they may be of nobody any more.
Result<std::vector<std::int64_t>, Failure> series_touched(Database& database, const Window& window, const std::string& whose) {
  std::vector<std::int64_t> series;
  auto asked = database.run("SELECT DISTINCT h.series FROM history h WHERE h.id > $1 AND h.id <= $2 AND h.kind >= 1 AND h.series IS NOT NULL" + whose,
                            {value_of(window.after), value_of(window.last)}, [&](const Row& row) {
                              series.push_back(row.integer(0));
                              return true;
                            });
  if (!asked) return Unexpected{asked.error()};
  return series;
}

Result<void, Failure> remove_unused(Database& database, const std::vector<std::int64_t>& series) {
  if (series.empty()) return {};
  auto removed = database.run(fmt::format("DELETE FROM series WHERE id IN {} AND NOT EXISTS (SELECT 1 FROM history h WHERE h.series = series.id)", list_of(series)));
  if (!removed) return Unexpected{removed.error()};
  if (*removed == 0) return {};
  // Whoever writes and remembers their numbers forgets them.
  if (auto told = database.run("UPDATE life SET series_era = series_era + 1"); !told) return Unexpected{told.error()};
  return {};
}

/// Whatever rows there are, some of them.
Result<Pruned, Failure> forget(Database& database, const PruneStep& step, const std::string& whose) {
  const std::size_t rows_max = std::max<std::size_t>(step.rows_max, 1);
  std::vector<std::int64_t> rows, series;
  auto asked = database.run("SELECT h.id, h.series FROM history h WHERE true" + whose + " LIMIT $1", {value_of(rows_max)}, [&](const Row& row) {
    rows.push_back(row.integer(0));
    if (!row.is_null(1)) series.push_back(row.integer(1));
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  if (rows.empty()) return Pruned{.rows = 0, .is_done = true};
  if (auto gone = database.run("DELETE FROM history WHERE id IN " + list_of(rows)); !gone) return Unexpected{gone.error()};
  std::ranges::sort(series);
  series.erase(std::unique(series.begin(), series.end()), series.end());
  if (auto done = remove_unused(database, series); !done) return Unexpected{done.error()};
  return Pruned{.rows = rows.size(), .is_done = rows.size() < rows_max};
}

}  // namespace

Result<Pruned, Failure> prune(Database& database, const PruneStep& step) noexcept {
  std::string whose, whose_position;
  if (!step.channels.empty()) {
    auto numbers = step.are_others ? other_channel_numbers(database, step.channels) : channel_numbers(database, step.channels);
    if (!numbers) return Unexpected{numbers.error()};
    if (numbers->empty()) return Pruned{.rows = 0, .is_done = true};
    whose = " AND h.channel IN " + list_of(*numbers);
    whose_position = " WHERE c.id IN " + list_of(*numbers);
  }
  if (!step.is_kept) return forget(database, step, whose);
  auto window = window_of(database, step, whose_position);
  if (!window) return Unexpected{window.error()};
  if (window->after >= window->last) return Pruned{.rows = 0, .is_done = true};
  const Value after = value_of(window->after), last = value_of(window->last);

  auto series = series_touched(database, *window, whose);
  if (!series) return Unexpected{series.error()};
  // What a later row of the window says anew, wherever it stood.
  auto outlived = database.run(
      "DELETE FROM history WHERE id IN (SELECT o.id FROM (SELECT h.series AS series, max(h.id) AS newest FROM history h "
      "WHERE h.id > $1 AND h.id <= $2 AND h.kind <= 1" + whose + " GROUP BY h.series) w "
      "JOIN history o ON o.series = w.series AND o.kind <= 1 AND o.id < w.newest)", {after, last});
  if (!outlived) return Unexpected{outlived.error()};
  // Removals are outlived by nobody, and what is no record never counts.
  auto rest = database.run("DELETE FROM history AS h WHERE h.id > $1 AND h.id <= $2 AND h.kind >= 1" + whose, {after, last});
  if (!rest) return Unexpected{rest.error()};
  if (auto done = remove_unused(database, *series); !done) return Unexpected{done.error()};
  auto moved = database.run("UPDATE channel AS c SET pruned = $1" + (whose_position.empty() ? std::string{" WHERE true"} : whose_position) + " AND c.pruned < $1", {last});
  if (!moved) return Unexpected{moved.error()};
  return Pruned{.rows = *outlived + *rest, .is_done = window->is_end};
}

}  // namespace starling::store

// History against a list of rows that is looked through from end to end, in both databases.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/store.hpp"
#include "starling/io/store/store_for_test.hpp"

namespace starling::store {

namespace {

using Lines = std::vector<std::string>;

constexpr std::uint64_t kSeed = 20261122;
constexpr std::array<std::string_view, 3> kStates{"s:f", "s:g", "t:f"};
constexpr std::array<std::string_view, 5> kKeys{"a", "b", "c", "ä", "!1"};

std::string line_of(const HistoryRecord& row) {
  return std::to_string(static_cast<int>(row.kind)) + " " + row.channel + " " + row.key.value_or("-") + " " + std::to_string(row.seq) + "." +
         std::to_string(row.n) + " " + row.text + " at " + StateText::time(row.at) + " time " + StateText::time(row.time) +
         (row.place ? " " + StateText::point(*row.place) : "");
}
Lines lines_of(const std::vector<HistoryRecord>& rows) {
  Lines lines;
  for (const HistoryRecord& row : rows) lines.push_back(line_of(row));
  return lines;
}

/// What happens to a fleet, told to a store and remembered row by row.
class Story {
 public:
  explicit Story(Store& store) : store_(store), random_(kSeed) {}

  void go_on(int transactions) {
    for (int i = 0; i < transactions; ++i) tell();
  }
  void tell() {
    ++seq_;
    // Clocks are set back at times; what is known stays known.
    clock_ += dice(20) == 0 ? -5 : dice(3);
    newest_ = std::max(newest_, clock_);
    Transaction transaction{.seq = seq_, .at = second(clock_)};
    const std::size_t first = rows.size();
    for (int left = dice(4); left >= 0; --left) rows.push_back(happening());
    for (std::size_t i = first; i < rows.size(); ++i) {
      const HistoryRecord& row = rows[i];
      transaction.history.push_back({.kind = row.kind, .channel = row.channel, .key = row.key, .seq = row.seq, .n = row.n,
                                     .at = dice(2) == 0 ? row.at : second(clock_), .time = row.time, .text = row.text, .place = row.place});
      rows[i].at = second(newest_);
    }
    given(store_.write(transaction));
  }

  [[nodiscard]] std::vector<HistoryRecord> wanted(const HistoryQuery& query) const {
    std::vector<std::pair<HistoryRecord, std::size_t>> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const HistoryRecord& row = rows[i];
      const bool is_gap = row.kind == HistoryKind::gap;
      if (!is_gap && (row.channel != query.channel || (query.key && row.key != *query.key))) continue;
      if (!is_gap && query.bounds && !(row.place && query.bounds->contains(*row.place))) continue;
      if ((query.from && row.time < *query.from) || (query.to && row.time >= *query.to)) continue;
      found.emplace_back(row, i);
    }
    std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first.time < b.first.time; });
    std::vector<HistoryRecord> sorted;
    for (auto& [row, number] : found) sorted.push_back(row);
    return sorted;
  }
  /// Channel and key → the record known at that moment.
  [[nodiscard]] Lines state_at(Timestamp at) const {
    std::map<std::pair<std::string, std::string>, const HistoryRecord*> newest;
    for (const HistoryRecord& row : rows) {
      if (row.at > at || (row.kind != HistoryKind::set && row.kind != HistoryKind::removed)) continue;
      newest[{row.channel, *row.key}] = &row;
    }
    Lines lines;
    for (const auto& [whose, row] : newest) {
      if (row->kind == HistoryKind::set) lines.push_back(line_of(*row));
    }
    return lines;
  }
  [[nodiscard]] double newest() const { return newest_; }
  [[nodiscard]] int dice(int sides) { return static_cast<int>(random_.next() % static_cast<std::uint64_t>(sides)); }

  std::deque<HistoryRecord> rows;

 private:
  HistoryRecord happening() {
    HistoryRecord row{.seq = seq_, .n = static_cast<std::uint32_t>(rows.size()), .at = second(newest_), .time = second(clock_ - dice(30)), .text = "{\"n\":" + std::to_string(rows.size()) + "}"};
    row.channel = kStates[static_cast<std::size_t>(dice(3))];
    row.key = kKeys[static_cast<std::size_t>(dice(5))];
    const int what = dice(20);
    if (what < 12) row.kind = HistoryKind::set;
    else if (what < 15) row.kind = HistoryKind::removed;
    else if (what < 17) row.kind = HistoryKind::late;
    else if (what < 19) {
      row.kind = HistoryKind::event;
      row.channel = "s:e";
      if (dice(2) == 0) row.key.reset();
    } else {
      row.kind = HistoryKind::gap;
      row.channel.clear();
      row.key.reset();
    }
    if (row.kind != HistoryKind::gap && dice(4) != 0) row.place = geo::Point{dice(9) * 20.0 - 80.0, dice(9) * 45.0 - 180.0};
    return row;
  }

  Store& store_;
  Random random_;
  Seq seq_ = 0;
  int clock_ = 0, newest_ = 0;
};

Lines state_lines(Store& store, Timestamp at, std::vector<std::string_view> channels = {}) {
  Lines lines;
  given(store.state_at(at, channels, [&](const HistoryRow& row) {
    lines.push_back(line_of({.kind = row.kind, .channel = std::string{row.channel}, .key = row.key ? std::optional{std::string{*row.key}} : std::nullopt, .seq = row.seq,
                             .n = row.n, .at = row.at, .time = row.time, .text = std::string{row.text}, .place = row.place}));
    return true;
  }));
  return lines;
}

std::vector<HistoryQuery> queries() {
  const auto box = [](double north, double south, double east, double west) { return geo::Box::from(north, south, east, west); };
  return {{.channel = "s:f"},
          {.channel = "s:e"},
          {.channel = "s:none"},
          {.channel = ""},
          {.channel = "s:f", .key = "ä"},
          {.channel = "s:e", .key = "a"},
          {.channel = "s:f", .key = "nobody"},
          {.channel = "t:f", .from = second(20), .to = second(60)},
          {.channel = "s:g", .key = "b", .from = second(10)},
          {.channel = "s:g", .to = second(31)},
          {.channel = "s:f", .bounds = box(60, -20, 90, -90)},
          {.channel = "s:f", .bounds = box(80, -80, -135, 135)},   // over the date line
          {.channel = "s:g", .bounds = box(90, -90, 180, 135)},    // up to it: −180 is the same meridian
          {.channel = "s:g", .bounds = box(90, -90, -135, -180)},
          {.channel = "s:g", .bounds = box(90, -90, 180, -180)},
          {.channel = "t:f", .key = "c", .bounds = box(0, -90, 180, 0), .from = second(5)},
          {.channel = "s:f", .bounds = box(60, -20, 90, -90), .examined_max = 3}};
}

}  // namespace

TEST_CASE_TEMPLATE("pages of history are what looking through all of it finds, oldest first", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  story.go_on(120);
  int number = 0;
  for (HistoryQuery query : queries()) {
    CAPTURE(number++);
    const Lines want = lines_of(story.wanted(query));
    for (const std::size_t limit : {std::size_t{1}, std::size_t{7}, want.size(), want.size() + 1}) {
      CAPTURE(limit);
      if (limit == 0) continue;
      query.limit = limit;
      query.after.reset();
      std::vector<HistoryRecord> found;
      for (bool has_more = true; has_more;) {
        const HistoryPage page = given(store->history(query));
        CHECK(page.rows.size() <= limit);
        if (query.examined_max > 100) CHECK(page.has_more == (found.size() + page.rows.size() < want.size() || (query.bounds && page.has_more)));
        found.insert(found.end(), page.rows.begin(), page.rows.end());
        query.after = page.cursor;
        has_more = page.has_more;
      }
      CHECK(lines_of(found) == want);
    }
  }
}

TEST_CASE_TEMPLATE("with a box rows are looked at in steps of 4,096, of which a page shows nothing", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  // Rows 1 to 12,289, of which these are in the box: at both ends of each step, and the last of all.
  const std::set<std::uint64_t> inside{1, 4'095, 4'096, 4'097, 8'191, 8'192, 8'193, 12'288, 12'289};
  constexpr std::uint64_t kRows = 12'289;
  Transaction transaction{.seq = 1, .at = second(1)};
  for (std::uint64_t id = 1; id <= kRows; ++id) {
    transaction.history.push_back({.kind = HistoryKind::set, .channel = "s:f", .key = "k", .seq = 1, .at = second(1), .time = second(static_cast<double>(id)), .text = "{}",
                                   .place = geo::Point{inside.contains(id) ? 10.0 : -10.0, 10.0}});
  }
  given(store->write(transaction));
  for (const std::size_t limit : {1, 2, 3, 4, 8, 9, 10}) {
    CAPTURE(limit);
    for (const std::size_t examined_max : {1'000, 4'095, 4'096, 4'097, 8'192, 12'288, 12'289, 12'290, 200'000}) {
      CAPTURE(examined_max);
      HistoryQuery query{.channel = "s:f", .key = "k", .bounds = geo::Box::from(20, 0, 20, 0), .limit = limit, .examined_max = examined_max};
      std::set<std::uint64_t> found;
      std::size_t pages = 0;
      for (bool has_more = true; has_more; ++pages) {
        const std::uint64_t before = query.after ? query.after->id : 0;
        REQUIRE(pages <= kRows);
        const HistoryPage page = given(store->history(query));
        CHECK(page.rows.size() <= limit);
        for (const HistoryRecord& row : page.rows) CHECK(found.insert(row.id).second);
        has_more = page.has_more;
        REQUIRE(page.cursor);
        // Nothing is left out that was not looked at, and no more is looked at than may be.
        CHECK(page.cursor->id - before <= examined_max);
        if (has_more && page.rows.size() < limit) CHECK(page.cursor->id - before == examined_max);
        query.after = page.cursor;
      }
      CHECK(found == inside);
      if (limit == 10) CHECK(pages == kRows / examined_max + 1);
    }
  }
}

TEST_CASE_TEMPLATE("while rows come a cursor shows nothing twice and leaves nothing out that was there", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  story.go_on(60);
  int number = 0;
  for (HistoryQuery query : queries()) {
    CAPTURE(number++);
    const Lines before = lines_of(story.wanted(query));
    query.limit = 5;
    Lines found;
    std::optional<std::pair<Timestamp, std::uint64_t>> last;
    for (bool has_more = true; has_more;) {
      const HistoryPage page = given(store->history(query));
      for (const HistoryRecord& row : page.rows) {
        found.push_back(line_of(row));
        const std::pair place{row.time, row.id};
        CHECK((!last || *last < place));
        last = place;
      }
      query.after = page.cursor;
      has_more = page.has_more;
      story.go_on(1);
    }
    const std::set<std::string> all{found.begin(), found.end()};
    CHECK(all.size() == found.size());
    CHECK(std::all_of(before.begin(), before.end(), [&](const std::string& line) { return all.contains(line); }));
    const Lines after = lines_of(story.wanted(query));
    CHECK(std::all_of(found.begin(), found.end(), [&](const std::string& line) { return std::find(after.begin(), after.end(), line) != after.end(); }));
  }
}

TEST_CASE_TEMPLATE("a page ends with the row that brings it to its bytes", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  Transaction transaction{.seq = 1, .at = second(1)};
  const std::string text(100, 'x');
  for (int i = 0; i < 5; ++i) transaction.history.push_back({.kind = HistoryKind::event, .channel = "s:e", .seq = 1, .at = second(1), .time = second(i), .text = text});
  given(store->write(transaction));
  struct Case {
    std::size_t bytes_max, rows;
  };
  for (const auto& [bytes_max, rows] : {Case{0, 1}, Case{100, 1}, Case{101, 2}, Case{499, 5}, Case{500, 5}}) {
    CAPTURE(bytes_max);
    const HistoryPage page = given(store->history({.channel = "s:e", .bytes_max = bytes_max}));
    CHECK(page.rows.size() == rows);
    CHECK(page.has_more == (rows < 5));
    const CoursePage course = given(store->course({.from = second(0), .to = second(9), .bytes_max = bytes_max}));
    CHECK(course.rows.size() == rows);
    CHECK(course.has_more == (rows < 5));
  }
}

TEST_CASE_TEMPLATE("the state at a moment is what was known then, whatever was told late", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  story.go_on(100);
  for (int at = -1; at <= story.newest() + 1; at += 3) {
    CAPTURE(at);
    CHECK(state_lines(*store, second(at)) == story.state_at(second(at)));
  }
  const Lines all = story.state_at(second(story.newest()));
  Lines some;
  std::copy_if(all.begin(), all.end(), std::back_inserter(some), [](const std::string& line) { return !line.starts_with("0 s:g "); });
  CHECK(state_lines(*store, second(story.newest()), {"t:f", "s:f", "t:f", "s:none", "s:e"}) == some);
  // Who has seen enough is not shown more, and the connection is as good as before.
  int seen = 0;
  given(store->state_at(second(story.newest()), {}, [&](const HistoryRow&) { return ++seen < 2; }));
  CHECK(seen == 2);
  story.go_on(1);
}

TEST_CASE_TEMPLATE("a course tells rows in the order in which they were learned", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  story.go_on(80);
  struct Case {
    double from, to;
    std::vector<std::string_view> channels;
    std::size_t examined_max;
  };
  for (const Case& c : {Case{-10, 1'000, {}, 200'000}, Case{10, 40, {}, 200'000}, Case{10, 40, {"s:f"}, 200'000}, Case{-10, 1'000, {"s:e", "t:f"}, 2}, Case{30, 30, {}, 200'000},
                        Case{-10, 1'000, {"s:none"}, 200'000}}) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    std::vector<HistoryRecord> want;
    for (const HistoryRecord& row : story.rows) {
      const bool is_wanted = c.channels.empty() || row.kind == HistoryKind::gap || std::find(c.channels.begin(), c.channels.end(), row.channel) != c.channels.end();
      if (is_wanted && row.at > second(c.from) && row.at <= second(c.to)) want.push_back(row);
    }
    CourseQuery query{.from = second(c.from), .to = second(c.to), .channels = c.channels, .limit = 3, .examined_max = c.examined_max};
    std::vector<HistoryRecord> found;
    for (bool has_more = true; has_more;) {
      const CoursePage page = given(store->course(query));
      found.insert(found.end(), page.rows.begin(), page.rows.end());
      query.after = page.cursor;
      has_more = page.has_more;
    }
    CHECK(lines_of(found) == lines_of(want));
  }
}

TEST_CASE_TEMPLATE("what is pruned step by step leaves the state right from the bound on", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  for (int round = 0; round < 6; ++round) {
    CAPTURE(round);
    story.go_on(30);
    const double bound = story.newest() - 10;
    std::uint64_t rows = 0;
    for (bool is_done = false; !is_done;) {
      const Pruned pruned = given(store->prune({.older_than = second(bound), .rows_max = static_cast<std::size_t>(1 + story.dice(9))}));
      CHECK(pruned.rows <= 2 * 9);
      rows += pruned.rows;
      is_done = pruned.is_done;
      // Half way it is as right as at the end, and whoever writes meanwhile is not confused.
      CHECK(state_lines(*store, second(bound)) == story.state_at(second(bound)));
      if (story.dice(4) == 0) story.go_on(1);
    }
    CHECK(rows > 0);
    for (double at = bound; at <= story.newest(); at += 2) CHECK(state_lines(*store, second(at)) == story.state_at(second(at)));

    // Of what is older, one row a facet is left, a set one, and nothing else.
    const CoursePage left = given(store->course({.from = second(-100), .to = second(bound) - std::chrono::milliseconds{1}}));
    CHECK(lines_of(left.rows).size() == story.state_at(second(bound) - std::chrono::milliseconds{1}).size());
    CHECK(given(store->prune({.older_than = second(bound)})).rows == 0);
    const auto reach = given(store->history_reach({}));
    REQUIRE(reach);
    CHECK(reach->from <= second(bound) + std::chrono::seconds{5});
    CHECK(reach->to == second(story.newest()));
  }
}

TEST_CASE_TEMPLATE("channels are pruned each by its own bound", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  const auto store = given(open_store(kind.url(), kind.options()));
  for (int i = 1; i <= 10; ++i) {
    Transaction transaction{.seq = static_cast<Seq>(i), .at = second(i)};
    const std::string key = "x" + std::to_string(i);
    for (const std::string_view channel : {"s:short", "s:long"}) {
      transaction.history.push_back({.kind = HistoryKind::event, .channel = channel, .key = key, .seq = 1, .at = second(i), .time = second(i), .text = "{}"});
    }
    given(store->write(transaction));
  }
  const auto count = [&](std::string_view channel) { return given(store->history({.channel = channel})).rows.size(); };
  CHECK(given(store->prune({.older_than = second(8), .channels = {"s:short"}})).rows == 7);
  CHECK(count("s:short") == 3);
  CHECK(count("s:long") == 10);
  CHECK(given(store->history_reach({}))->from > given(store->history_reach(std::vector<std::string_view>{"s:long"}))->from);
  CHECK(given(store->prune({.older_than = second(3), .channels = {"s:long", "s:none"}})).rows == 2);
  CHECK(count("s:long") == 8);
  CHECK(given(store->prune({.older_than = second(100), .channels = {"s:none"}})).is_done);
  // A key that was forgotten and is heard again.
  Transaction again{.seq = 11, .at = second(11)};
  again.history.push_back({.kind = HistoryKind::event, .channel = "s:short", .key = "x1", .seq = 11, .at = second(11), .time = second(11), .text = "{}"});
  given(store->write(again));
  CHECK(given(store->history({.channel = "s:short", .key = "x1"})).rows.size() == 1);
  CHECK(given(store->history({.channel = "s:long", .key = "x1"})).rows.empty());
  // Gaps go when everything does.
  Transaction gap{.seq = 12, .at = second(12)};
  gap.history.push_back({.kind = HistoryKind::gap, .seq = 12, .at = second(12), .time = second(12), .text = "11"});
  given(store->write(gap));
  CHECK(count("s:none") == 1);
  CHECK(given(store->prune({.older_than = second(100), .channels = {"s:short", "s:long"}})).rows == 12);
  CHECK(count("s:none") == 1);
  CHECK(given(store->prune({.older_than = second(100)})).rows == 1);
  CHECK(!given(store->history_reach({})));
}

TEST_CASE_TEMPLATE("classes of channels are pruned side by side, each right from its own bound on, gaps with those that stay longest", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  // Short, and long with the gaps; all others in between.
  struct Class {
    double seconds;
    std::vector<std::string_view> named, holds;
    bool are_others;
  };
  const std::vector<Class> classes{{5, {"s:f"}, {"s:f"}, false}, {40, {"t:f", ""}, {"t:f"}, false}, {15, {"s:f", "t:f", ""}, {"s:g"}, true}};
  const auto rows_of = [&](std::string_view channel) {
    std::vector<HistoryRecord> rows;
    HistoryQuery query{.channel = channel, .limit = 10'000};
    for (const HistoryRecord& row : given(store->history(query)).rows) {
      if (row.channel == channel) rows.push_back(row);
    }
    return rows;
  };
  for (int round = 0; round < 5; ++round) {
    CAPTURE(round);
    story.go_on(30);
    for (const Class& each : classes) {
      const Timestamp bound = second(story.newest() - each.seconds);
      while (!given(store->prune({.older_than = bound, .channels = each.named, .are_others = each.are_others, .rows_max = 7})).is_done) {
      }
      for (const std::string_view channel : each.holds) {
        CAPTURE(channel);
        for (double at = story.newest() - each.seconds; at <= story.newest(); at += 2) {
          Lines want = story.state_at(second(at));
          std::erase_if(want, [&](const std::string& line) { return !line.starts_with("0 " + std::string{channel} + " "); });
          CHECK(state_lines(*store, second(at), {channel}) == want);
        }
        for (const HistoryRecord& row : rows_of(channel)) CHECK((row.at >= bound || row.kind == HistoryKind::set));
      }
    }
    // Of gaps, what the longest keep, and not one more.
    std::size_t want = 0;
    for (const HistoryRecord& row : story.rows) want += row.kind == HistoryKind::gap && row.at >= second(story.newest() - 40) ? 1 : 0;
    CHECK(rows_of("").size() == want);
  }
  CHECK(std::ranges::any_of(story.rows, [](const HistoryRecord& row) { return row.kind == HistoryKind::gap; }));
}

TEST_CASE_TEMPLATE("of channels that are not kept every row goes, and no other", Kind, OnSqlite, OnPostgres) {
  const Kind kind;
  CAPTURE(kSeed);
  const auto store = given(open_store(kind.url(), kind.options()));
  Story story{*store};
  story.go_on(60);
  const auto of = [&](std::string_view channel) { return static_cast<std::uint64_t>(std::ranges::count(story.rows, channel, &HistoryRecord::channel)); };
  const auto forget = [&](PruneStep step) {
    step.is_kept = false;
    std::uint64_t rows = 0;
    for (Pruned pruned; !pruned.is_done;) {
      pruned = given(store->prune(step));
      CHECK(pruned.rows <= step.rows_max);
      rows += pruned.rows;
    }
    return rows;
  };
  const Lines others = lines_of(story.wanted({.channel = "s:g"}));
  CHECK(forget({.channels = {"s:none"}}) == 0);
  CHECK(forget({.channels = {"s:f"}, .rows_max = 4}) == of("s:f"));
  CHECK(state_lines(*store, second(story.newest()), {"s:f"}).empty());
  CHECK(lines_of(given(store->history({.channel = "s:g", .limit = 10'000})).rows) == others);
  // A key that was forgotten and is heard again, by a writer that knew it.
  Transaction again{.seq = 1'000, .at = second(1'000)};
  again.history.push_back({.kind = HistoryKind::set, .channel = "s:f", .key = "a", .seq = 1'000, .at = second(1'000), .time = second(1'000), .text = "{}"});
  given(store->write(again));
  CHECK(given(store->history({.channel = "s:f", .key = "a"})).rows.size() == 1 + of(""));  // and gaps, which are everybody's
  CHECK(forget({.channels = {"s:g", ""}, .are_others = true, .rows_max = 5}) == of("t:f") + of("s:e") + 1);
  CHECK(lines_of(given(store->history({.channel = "s:g", .limit = 10'000})).rows) == others);
  CHECK(forget({}) == of("s:g") + of(""));
  CHECK(!given(store->history_reach({})));
}

}  // namespace starling::store

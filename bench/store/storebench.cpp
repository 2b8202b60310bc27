/// @file
/// Writes a history of a fleet into a database and asks it questions: what a change costs, how long an answer takes, and by which indexes SQLite finds it.
///
///     storebench [--url sqlite:storebench.db] [--rows 10000000] [--keys 10000] [--batch 1000] [--answers 21]
///
/// A database that has rows already is read only, and added to until it has as many as wanted.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>

#include "starling/core/base/random.hpp"
#include "starling/io/store/history_reader.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/sqlite_database.hpp"

namespace {

using namespace starling;
using namespace starling::store;

constexpr std::string_view kChannel = "fleet:position";
// 20,000 changes a second, as their times say.
constexpr std::int64_t kChangesPerMillisecond = 20;
constexpr std::int64_t kBegin = 1'790'000'000'000;

[[noreturn]] void end_with(const Failure& failure) {
  fmt::print(stderr, "storebench: {}\n", failure.message);
  std::exit(1);
}
template <class T>
T given(Result<T, Failure> result) {
  if (!result) end_with(result.error());
  return std::move(*result);
}
void given(const Result<void, Failure>& result) {
  if (!result) end_with(result.error());
}

double wall_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
Timestamp moment(std::int64_t row) { return Timestamp{std::chrono::milliseconds{kBegin + row / kChangesPerMillisecond}}; }
std::string key_of(std::int64_t number) { return fmt::format("!{:08x}", number); }

struct Options {
  std::string url = "sqlite:storebench.db";
  std::int64_t rows = 10'000'000, keys = 10'000, batch = 1'000, answers = 21;
};

/// Changes `first` … of keys in no order: the state of each, its place, and a row of history.
void write_changes(Store& store, const Options& options, std::int64_t first, std::int64_t count, Random& random, bool is_durable) {
  std::vector<std::string> keys, records;
  std::vector<geo::Point> points;
  for (std::int64_t i = 0; i < count; ++i) {
    keys.push_back(key_of(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(options.keys)))));
    points.push_back({static_cast<double>(random.below(18'000)) / 100 - 90, static_cast<double>(random.below(36'000)) / 100 - 180});
    records.push_back(fmt::format(R"({{"latitude":{:.5f},"longitude":{:.5f},"altitude":{},"speed":{},"heading":{},"battery":{}}})", points.back().latitude_deg,
                                  points.back().longitude_deg, random.below(9'000), random.below(90), random.below(360), random.below(101)));
  }
  Transaction transaction{.seq = static_cast<Seq>(first / count + 1), .at = moment(first), .is_durable = is_durable};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Timestamp at = moment(first + static_cast<std::int64_t>(i));
    transaction.facets.push_back({.channel = kChannel, .key = keys[i], .record = records[i], .seq = transaction.seq, .time = at});
    transaction.places.push_back({.space = "fleet", .key = keys[i], .point = points[i], .channel = kChannel});
    transaction.history.push_back({.kind = HistoryKind::set, .channel = kChannel, .key = keys[i], .seq = transaction.seq, .at = at, .time = at, .text = records[i], .place = points[i]});
  }
  given(store.write(transaction));
}

/// Writes until there are as many rows as wanted; says what a change costs.
void fill(Store& store, const Options& options) {
  Random random{42};
  std::int64_t there = 0;
  if (const auto reach = given(store.history_reach({}))) {
    const auto last = given(store.course({.from = reach->to - std::chrono::milliseconds{1}, .to = reach->to, .limit = 100'000}));
    there = last.rows.empty() ? 0 : static_cast<std::int64_t>(last.rows.back().id);
  }
  fmt::print("{} rows there, {} wanted, {} keys, {} changes a transaction\n", there, options.rows, options.keys, options.batch);
  while (there < options.rows) {
    const double wall = wall_seconds(), cpu = cpu_seconds();
    const std::int64_t before = there;
    double longest = 0;
    while (there < options.rows && there < before + 1'000'000) {
      const double begun = wall_seconds();
      const std::int64_t count = std::min(options.batch, options.rows - there);
      write_changes(store, options, there, count, random, false);
      there += count;
      longest = std::max(longest, wall_seconds() - begun);
    }
    const double rows = static_cast<double>(there - before);
    fmt::print("  {:>10} rows: {:.0f} changes/s written, {:.1f} us CPU each ({:.0f} % of a core at 20,000/s), longest transaction {:.0f} ms\n", there,
               rows / (wall_seconds() - wall), (cpu_seconds() - cpu) / rows * 1e6, (cpu_seconds() - cpu) / rows * 2e6, longest * 1e3);
  }
}

/// Median and longest of some answers.
void time_answers(const Options& options, std::string_view what, const std::function<std::size_t(std::int64_t)>& ask) {
  std::vector<double> milliseconds;
  std::size_t rows = 0;
  for (std::int64_t i = 0; i < options.answers; ++i) {
    const double begun = wall_seconds();
    rows += ask(i);
    milliseconds.push_back((wall_seconds() - begun) * 1e3);
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  fmt::print("  {:<58} median {:>7.1f} ms, longest {:>7.1f} ms, {:.0f} rows each\n", what, milliseconds[milliseconds.size() / 2], milliseconds.back(),
             static_cast<double>(rows) / static_cast<double>(options.answers));
}

void ask(Store& store, const Options& options) {
  Random random{7};
  const auto row = [&] { return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(options.rows))); };
  const auto key = [&] { return key_of(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(options.keys)))); };
  fmt::print("answers, each of another key or moment:\n");
  time_answers(options, "a page of 1,000 of a key, from a moment in the first tenth", [&](std::int64_t) {
    const std::string whose = key();
    return given(store.history({.channel = kChannel, .key = whose, .from = moment(row() / 10)})).rows.size();
  });
  time_answers(options, "a page of 1,000 of the channel, from any moment", [&](std::int64_t) { return given(store.history({.channel = kChannel, .from = moment(row())})).rows.size(); });
  time_answers(options, "the next page, by its cursor", [&](std::int64_t) {
    const auto id = static_cast<std::uint64_t>(row());
    return given(store.history({.channel = kChannel, .after = HistoryCursor{moment(static_cast<std::int64_t>(id)), id}})).rows.size();
  });
  time_answers(options, "a page of 1,000 of the channel in a box of 1 %", [&](std::int64_t) {
    return given(store.history({.channel = kChannel, .bounds = geo::Box::from(18, 0, 36, 0), .from = moment(row())})).rows.size();
  });
  time_answers(options, "1,000 rows of a course, from any moment", [&](std::int64_t) { return given(store.course({.from = moment(row()), .to = moment(options.rows)})).rows.size(); });
  time_answers(options, "the state at any moment", [&](std::int64_t) {
    std::size_t rows = 0;
    given(store.state_at(moment(row()), {}, [&](const HistoryRow&) { return ++rows > 0; }));
    return rows;
  });
}

void show_plans(const Options& options) {
  if (!options.url.starts_with("sqlite:")) return;
  const auto database = given(SqliteDatabase::open(options.url.substr(7), {.read_only = true}));
  const HistoryQuery query{.channel = kChannel, .from = moment(0), .after = HistoryCursor{moment(1), 1}};
  const auto show = [&](std::string_view what, const SqlText& sql) {
    fmt::print("plan of {}:\n", what);
    given(database->run("EXPLAIN QUERY PLAN " + sql.text(), sql.values(), [](const Row& step) {
      fmt::print("    {}\n", step.text(3));
      return true;
    }));
  };
  show("a page of a key", page_statement(query, "series", 1, std::nullopt));
  show("a page of a channel", page_statement(query, "channel", 1, std::nullopt));
  show("the state at a moment", state_statement(Dialect::sqlite, 1, 1));
}

void prune_some(Store& store, const Options& options) {
  std::uint64_t rows = 0;
  double longest = 0;
  const double wall = wall_seconds(), cpu = cpu_seconds();
  for (int step = 0; step < 100; ++step) {
    const double begun = wall_seconds();
    const Pruned pruned = given(store.prune({.older_than = moment(options.rows / 10)}));
    longest = std::max(longest, wall_seconds() - begun);
    rows += pruned.rows;
    if (pruned.is_done) break;
  }
  if (rows == 0) return;
  fmt::print("pruned {} rows in steps of 1,000: {:.0f} rows/s, {:.1f} us CPU each, longest step {:.0f} ms\n", rows, static_cast<double>(rows) / (wall_seconds() - wall),
             (cpu_seconds() - cpu) / static_cast<double>(rows) * 1e6, longest * 1e3);
}

}  // namespace

int main(int count, char** words) {
  Options options;
  std::map<std::string_view, std::int64_t*> numbers{{"--rows", &options.rows}, {"--keys", &options.keys}, {"--batch", &options.batch}, {"--answers", &options.answers}};
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = words[i];
    const bool is_known = i + 1 < count && (name == "--url" || numbers.contains(name));
    if (!is_known || (name != "--url" && std::atoll(words[i + 1]) <= 0)) {
      fmt::print(stderr, "usage: storebench [--url URL] [--rows N] [--keys N] [--batch N] [--answers N]\n");
      return 2;
    }
    if (name == "--url") options.url = words[i + 1];
    else *numbers[name] = std::atoll(words[i + 1]);
  }
  const auto store = given(open_store(options.url));
  fill(*store, options);
  ask(*store, options);
  show_plans(options);
  prune_some(*store, options);
  return 0;
}

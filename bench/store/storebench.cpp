/// @file
/// Writes a history of a fleet into a database and asks it questions: what a change costs, how long an answer takes, and by which indexes SQLite finds it.
///
///     storebench [--url sqlite:storebench.db] [--rows 10000000] [--keys 10000] [--batch 1000] [--answers 21] [--cold]
///
/// A database that has rows already is read only, and added to until it has as many as wanted. With `--cold` each answer is of a new connection, as a server
/// reads whose writer is busy: once with nothing of the file in memory, and once more with all of it there that the first answer needed. Nothing is pruned then.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

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
  bool is_cold = false;

  [[nodiscard]] std::string path() const { return url.substr(kSqlite.size()); }
  [[nodiscard]] bool is_sqlite() const { return url.starts_with(kSqlite); }
  static constexpr std::string_view kSqlite = "sqlite:";
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

/// Puts a file out of the kernel's memory. Closing a descriptor of it ends SQLite's locks, so there is no connection then.
void forget(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0 || fdatasync(file) != 0 || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0) end_with({.message = path + ": cannot be put out of memory"});
  close(file);
}

/// Of some answers.
class Times {
 public:
  void add(double seconds) { milliseconds_.push_back(seconds * 1e3); }
  [[nodiscard]] std::string text() {
    std::sort(milliseconds_.begin(), milliseconds_.end());
    return fmt::format("median {:>7.1f} ms, longest {:>7.1f} ms", milliseconds_[milliseconds_.size() / 2], milliseconds_.back());
  }

 private:
  std::vector<double> milliseconds_;
};

/// Asks, and says how long that took.
class Asking {
 public:
  using Question = std::function<std::size_t(Store& store, Random& random)>;

  Asking(const Options& options, std::unique_ptr<Store> store) : options_(options), store_(std::move(store)) {}

  void time(std::string_view what, const Question& question) {
    Times times, again;
    std::size_t rows = 0;
    for (std::int64_t i = 0; i < options_.answers; ++i) {
      Random same = random_;
      if (options_.is_cold) connect(true);
      rows += time_one(times, question, random_);
      if (!options_.is_cold) continue;
      connect(false);
      time_one(again, question, same);
    }
    const double each = static_cast<double>(rows) / static_cast<double>(options_.answers);
    if (options_.is_cold) fmt::print("  {:<60} from the disk {}; from memory {}; {:.0f} rows each\n", what, times.text(), again.text(), each);
    else fmt::print("  {:<60} {}, {:.0f} rows each\n", what, times.text(), each);
  }

 private:
  std::size_t time_one(Times& times, const Question& question, Random& random) {
    const double begun = wall_seconds();
    const std::size_t rows = question(*store_, random);
    times.add(wall_seconds() - begun);
    return rows;
  }
  void connect(bool is_cold) {
    store_.reset();
    if (is_cold) forget(options_.path());
    store_ = given(open_store(options_.url, {.read_only = true}));
  }

  const Options& options_;
  std::unique_ptr<Store> store_;
  Random random_{7};
};

void ask(Asking asking, const Options& options) {
  const auto row = [&](Random& random) { return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(options.rows))); };
  const auto key = [&](Random& random) { return key_of(static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(options.keys)))); };
  const auto box = geo::Box::from(18, 0, 36, 0);
  fmt::print("answers, each of another key or moment:\n");
  asking.time("a page of 1,000 of a key, from a moment in the first tenth", [&](Store& store, Random& random) {
    const std::string whose = key(random);
    return given(store.history({.channel = kChannel, .key = whose, .from = moment(row(random) / 10)})).rows.size();
  });
  asking.time("a page of 1,000 of the channel, from any moment",
              [&](Store& store, Random& random) { return given(store.history({.channel = kChannel, .from = moment(row(random))})).rows.size(); });
  asking.time("the next page, by its cursor", [&](Store& store, Random& random) {
    const auto id = static_cast<std::uint64_t>(row(random));
    return given(store.history({.channel = kChannel, .after = HistoryCursor{moment(static_cast<std::int64_t>(id)), id}})).rows.size();
  });
  asking.time("a page of a key in a box of 1 %, from its beginning", [&](Store& store, Random& random) {
    const std::string whose = key(random);
    return given(store.history({.channel = kChannel, .key = whose, .bounds = box})).rows.size();
  });
  asking.time("a page of 1,000 of the channel in a box of 1 %", [&](Store& store, Random& random) {
    return given(store.history({.channel = kChannel, .bounds = box, .from = moment(row(random))})).rows.size();
  });
  asking.time("1,000 rows of a course, from any moment",
              [&](Store& store, Random& random) { return given(store.course({.from = moment(row(random)), .to = moment(options.rows)})).rows.size(); });
  asking.time("the state at any moment", [&](Store& store, Random& random) {
    std::size_t rows = 0;
    given(store.state_at(moment(row(random)), {}, [&](const HistoryRow&) { return ++rows > 0; }));
    return rows;
  });
}

void show_plans(const Options& options) {
  if (!options.is_sqlite()) return;
  const auto database = given(SqliteDatabase::open(options.path(), {.read_only = true}));
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

[[noreturn]] void end_with_usage() {
  fmt::print(stderr, "usage: storebench [--url URL] [--rows N] [--keys N] [--batch N] [--answers N] [--cold]\n--cold is for sqlite:PATH\n");
  std::exit(2);
}

Options read_options(int count, char** words) {
  Options options;
  std::map<std::string_view, std::int64_t*> numbers{{"--rows", &options.rows}, {"--keys", &options.keys}, {"--batch", &options.batch}, {"--answers", &options.answers}};
  for (int i = 1; i < count; ++i) {
    const std::string_view name = words[i];
    if (name == "--cold") {
      options.is_cold = true;
      continue;
    }
    if (++i == count) end_with_usage();
    if (name == "--url") options.url = words[i];
    else if (!numbers.contains(name) || (*numbers[name] = std::atoll(words[i])) <= 0) end_with_usage();
  }
  if (options.is_cold && !options.is_sqlite()) end_with_usage();
  return options;
}

}  // namespace

int main(int count, char** words) {
  const Options options = read_options(count, words);
  auto store = given(open_store(options.url));
  fill(*store, options);
  ask(Asking{options, std::move(store)}, options);
  show_plans(options);
  if (!options.is_cold) prune_some(*given(open_store(options.url)), options);
  return 0;
}

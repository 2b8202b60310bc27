#include "starling/server/store_writer.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <map>
#include <utility>

#include "starling/core/hub/test_hub.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/store_for_test.hpp"
#include "starling/server/taking_up.hpp"

namespace starling {
namespace {

using namespace std::chrono_literals;
using hub::TestHub;
using store::comes_true;
using store::Failure;
using store::Fault;

/// How the store of a test behaves.
struct Moods {
  std::atomic<bool> is_full = false;  ///< writes fail
  std::atomic<bool> is_held = false;  ///< writes wait
  std::atomic<bool> is_cut = false;   ///< the next write is committed, and its connection lost before it says so
  std::atomic<int> writes = 0, whole_states = 0, held = 0;
};

/// A real database that fails or waits when it is told to.
class Moody final : public store::Store {
 public:
  Moody(std::unique_ptr<store::Store> store, std::shared_ptr<Moods> moods) : store_(std::move(store)), moods_(std::move(moods)) {}

  Result<void, Failure> reopen() noexcept override { return store_->reopen(); }
  Result<std::optional<store::Life>, Failure> life() noexcept override { return store_->life(); }
  Result<void, Failure> begin_life(std::string_view epoch, store::Seq seq, Timestamp at) noexcept override { return store_->begin_life(epoch, seq, at); }
  Result<void, Failure> keep_log(std::span<const store::LogText> batches) noexcept override { return store_->keep_log(batches); }
  Result<void, Failure> end_life(store::Seq seq, Timestamp at) noexcept override { return store_->end_life(seq, at); }
  Result<void, Failure> read_log(const store::LogVisitor& visitor) noexcept override { return store_->read_log(visitor); }
  Result<void, Failure> read_state(store::StateVisitor& visitor) noexcept override { return store_->read_state(visitor); }
  Result<void, Failure> write(const store::Transaction& transaction) noexcept override {
    if (!may_write()) return Unexpected{Failure{Fault::full, "there is no room"}};
    ++moods_->writes;
    auto written = store_->write(transaction);
    if (moods_->is_cut.exchange(false)) return Unexpected{Failure{Fault::unreachable, "the connection was lost"}};
    return written;
  }
  Result<void, Failure> replace_state(const store::NextPart& next) noexcept override {
    if (!may_write()) return Unexpected{Failure{Fault::full, "there is no room"}};
    ++moods_->whole_states;
    return store_->replace_state(next);
  }
  Result<store::HistoryPage, Failure> history(const store::HistoryQuery& query) noexcept override { return store_->history(query); }
  Result<void, Failure> state_at(Timestamp at, std::span<const std::string_view> channels, const store::HistoryVisitor& visitor) noexcept override {
    return store_->state_at(at, channels, visitor);
  }
  Result<store::CoursePage, Failure> course(const store::CourseQuery& query) noexcept override { return store_->course(query); }
  Result<std::optional<store::HistoryReach>, Failure> history_reach(std::span<const std::string_view> channels) noexcept override {
    return store_->history_reach(channels);
  }
  Result<store::Pruned, Failure> prune(const store::PruneStep& step) noexcept override { return store_->prune(step); }

 private:
  bool may_write() {
    if (moods_->is_held) ++moods_->held;
    while (moods_->is_held) std::this_thread::sleep_for(1ms);
    return !moods_->is_full;
  }
  std::unique_ptr<store::Store> store_;
  std::shared_ptr<Moods> moods_;
};

/// A hub whose batches are stored in a file of the test's own.
class Stored {
 public:
  explicit Stored(StoreWriterOptions options = {}) : fleet({.keeps_late = true}, options.channels), options_(std::move(options)) {
    options_.retry_min = 1ms;
    options_.retry_max = 5ms;
    if (!options_.history) options_.history = std::chrono::hours{1};
    auto opened = store::open_store("sqlite:s.db", {.folder = folder_.path()});
    REQUIRE_MESSAGE(opened, opened.error().message);
    writer.emplace(std::make_unique<Moody>(std::move(*opened), moods), 0, std::vector<state::EventPtr>{}, options_, [this] { ++asked; },
                   [this](bool is_degraded, const std::string&) { told += is_degraded ? 1 : 0; });
    REQUIRE(writer->begin("e1", fleet.now.timestamp));
  }

  log::BatchPtr say(state::Update update) {
    fleet.ok(std::move(update));
    fleet.now.timestamp += 1s;
    log::BatchPtr batch = fleet.close();
    writer->put(batch);
    return batch;
  }
  /// A report of some time ago.
  void say_late(state::Update update, Duration ago) {
    update.time = fleet.now.timestamp - std::chrono::duration_cast<Timestamp::duration>(ago);
    fleet.ok(std::move(update));
    writer->put(fleet.hub.take_late(fleet.now));
  }
  /// As if it had been there before.
  void put_in(const store::HistoryRow& row) {
    auto opened = store::open_store("sqlite:s.db", {.folder = folder_.path()});
    REQUIRE(opened);
    REQUIRE((*opened)->write({.seq = 0, .at = row.at, .history = {row}}));
  }
  void give_state() {
    StoreWriter::WholeState whole{.seq = fleet.hub.seq(), .at = fleet.now.timestamp, .entities = {}};
    for (const state::Space& space : fleet.hub.state().spaces()) space.for_each([&](const state::EntityPtr& entity) { whole.entities.push_back(entity); });
    writer->give_state(std::move(whole));
  }
  bool is_written() {
    return comes_true([this] { return writer->health().written == fleet.hub.seq(); });
  }
  /// What a successor would find: records by channel and key, with their places.
  std::map<std::string, std::string> kept() {
    auto opened = store::open_store("sqlite:s.db", {.folder = folder_.path(), .read_only = true});
    REQUIRE(opened);
    TestHub later;
    auto taken = read_kept(**opened, later.hub, fleet.now.timestamp);
    REQUIRE(taken);
    CHECK(taken->past.seq == writer_seq());
    std::map<std::string, std::string> records;
    for (const auto& entity : taken->past.entities) {
      for (const state::FacetPtr& facet : entity->facets) records[facet->channel->name + ' ' + entity->key()] = std::string{facet->fields.text()};
    }
    return records;
  }
  state::Seq writer_seq() { return writer->health().written; }
  std::vector<store::HistoryRecord> history(std::string_view channel) {
    auto opened = store::open_store("sqlite:s.db", {.folder = folder_.path(), .read_only = true});
    REQUIRE(opened);
    auto page = (*opened)->history({.channel = channel, .limit = 100'000});
    REQUIRE(page);
    return std::move(page->rows);
  }

  TestHub fleet;
  std::shared_ptr<Moods> moods = std::make_shared<Moods>();
  std::atomic<int> asked = 0, told = 0;
  std::optional<StoreWriter> writer;

 private:
  store::TestFolder folder_;
  StoreWriterOptions options_;
};

std::string record(int n) { return "{\"n\":" + std::to_string(n) + "}"; }

TEST_CASE("what was put is written, and a successor finds it") {
  Stored stored;
  stored.say(hub::report("a:x", "k", record(1)));
  stored.say(hub::report("a:x", "l", record(2)));
  stored.say(hub::report("a:x", "k", record(3)));
  stored.say(hub::removal("a:x", "l"));
  stored.say(hub::event("a:e", R"({"text":"hi"})", "k"));
  REQUIRE(stored.is_written());
  CHECK(stored.kept() == std::map<std::string, std::string>{{"a:x k", R"({"n":3})"}});
  CHECK(stored.history("a:x").size() == 4);
  CHECK(stored.history("a:e").size() == 1);
  CHECK_FALSE(stored.writer->health().is_degraded());
}

TEST_CASE("a write that fails is tried again until it succeeds: nothing is lost, and both are told once") {
  Stored stored;
  stored.moods->is_full = true;
  for (int n = 1; n <= 20; ++n) stored.say(hub::report("a:x", "k" + std::to_string(n % 3), record(n)));
  REQUIRE(comes_true([&] { return stored.writer->health().failures > 3; }));
  CHECK(stored.writer->health().cause == "there is no room");
  CHECK(stored.writer->health().waiting_batches == 20);
  stored.moods->is_full = false;
  REQUIRE(stored.is_written());
  CHECK(stored.writer->health().waiting_bytes == 0);
  CHECK(stored.kept().size() == 3);
  CHECK(stored.history("a:x").size() == 20);
  CHECK(stored.told == 1);
}

TEST_CASE("a write that was committed before its connection was lost is not written twice") {
  Stored stored;
  stored.say(hub::report("a:x", "k", record(0)));
  REQUIRE(stored.is_written());
  stored.moods->is_cut = true;
  for (int n = 1; n <= 10; ++n) stored.say(hub::report("a:x", "k", record(n)));
  stored.say(hub::event("a:e", "{}", "k"));
  REQUIRE(stored.is_written());
  CHECK(stored.writer->health().failures == 1);
  CHECK(stored.history("a:x").size() == 11);
  CHECK(stored.history("a:e").size() == 1);
  CHECK(stored.writer->health().waiting_bytes == 0);
}

TEST_CASE("what waits is bounded: over it the state is written whole, with a gap, and what comes after goes on from it") {
  TestHub probe;
  probe.ok(hub::report("a:x", "k0", record(1)));
  const std::size_t batch_bytes = probe.close()->bytes;
  Stored stored{{.waiting_bytes_max = 10 * batch_bytes + batch_bytes / 2}};
  stored.moods->is_full = true;
  for (int n = 0; n < 10; ++n) stored.say(hub::report("a:x", "k0", record(n % 2)));
  CHECK(stored.writer->health().fell_off == 0);
  CHECK_FALSE(stored.writer->is_behind());
  for (int n = 0; n < 30; ++n) stored.say(hub::report("a:x", "k" + std::to_string(n), record(n + 5)));
  CHECK(stored.writer->health().fell_off == 1);
  CHECK(stored.writer->is_behind());
  CHECK(stored.writer->health().waiting_batches == 0);
  REQUIRE(comes_true([&] { return stored.writer->wants_state(); }));
  CHECK(stored.asked >= 1);
  stored.give_state();
  stored.say(hub::report("a:x", "after", record(7)));
  stored.moods->is_full = false;
  REQUIRE(stored.is_written());
  CHECK(stored.kept().size() == 31);
  CHECK(stored.moods->whole_states == 1);
  bool has_gap = false;
  for (const store::HistoryRecord& row : stored.history("a:x")) has_gap = has_gap || row.kind == store::HistoryKind::gap;
  CHECK(has_gap);
}

TEST_CASE("what waits may be as large as the bound, and no byte larger") {
  const auto fill = [](Stored& stored) {
    stored.moods->is_full = true;
    for (int n = 0; n < 3; ++n) stored.say(hub::report("a:x", "k", record(n)));
  };
  Stored unbounded;
  fill(unbounded);
  const std::size_t bytes = unbounded.writer->health().waiting_bytes;
  REQUIRE(bytes > 3);
  for (const auto& [bytes_max, fell_off] : {std::pair{bytes - 1, 1u}, std::pair{bytes, 0u}, std::pair{bytes + 1, 0u}}) {
    Stored stored{{.waiting_bytes_max = bytes_max}};
    fill(stored);
    CHECK(stored.writer->health().fell_off == fell_off);
    CHECK(stored.writer->health().waiting_batches == (fell_off > 0 ? 0 : 3));
  }
}

TEST_CASE("a transaction has as many batches as it may, and no more") {
  for (const auto& [batches, writes] : {std::pair{2, 2}, std::pair{3, 2}, std::pair{4, 3}}) {
    Stored stored{{.batches_per_write = 3}};
    stored.moods->is_held = true;
    stored.say(hub::report("a:x", "first", record(0)));  // on its way alone, and held up while the others come
    REQUIRE(comes_true([&] { return stored.moods->held > 0; }));
    for (int n = 0; n < batches; ++n) stored.say(hub::report("a:x", "k", record(n)));
    stored.moods->is_held = false;
    REQUIRE(stored.is_written());
    CHECK(stored.moods->writes == writes);
    CHECK(stored.history("a:x").size() == static_cast<std::size_t>(1 + batches));
  }
}

TEST_CASE("who awaits a batch is answered when it would survive a power cut, and at once if it cannot be written") {
  Stored stored;
  stored.moods->is_held = true;
  const log::BatchPtr batch = stored.say(hub::report("a:x", "k", record(1)));
  std::promise<bool> stored_now, too_early;
  stored.writer->await(batch->seq, [&](bool is_stored) { stored_now.set_value(is_stored); });
  auto answer = stored_now.get_future();
  CHECK(answer.wait_for(20ms) == std::future_status::timeout);
  stored.moods->is_held = false;
  REQUIRE(answer.wait_for(10s) == std::future_status::ready);
  CHECK(answer.get());

  // Written already, but perhaps not to last: it is answered all the same.
  const log::BatchPtr second = stored.say(hub::report("a:x", "k", record(2)));
  REQUIRE(stored.is_written());
  std::promise<bool> afterwards;
  stored.writer->await(second->seq, [&](bool is_stored) { afterwards.set_value(is_stored); });
  CHECK(afterwards.get_future().get());

  stored.moods->is_full = true;
  const log::BatchPtr third = stored.say(hub::report("a:x", "k", record(3)));
  std::promise<bool> refused;
  stored.writer->await(third->seq, [&](bool is_stored) { refused.set_value(is_stored); });
  CHECK_FALSE(refused.get_future().get());
  stored.moods->is_full = false;
}

/// Of a kind, as text; `kind` nullopt: of all.
std::string texts_of(const std::vector<store::HistoryRecord>& rows, std::optional<store::HistoryKind> kind = {}) {
  std::string texts;
  for (const store::HistoryRecord& row : rows) {
    if (!kind || row.kind == *kind) texts += row.text + ' ';
  }
  return texts;
}

TEST_CASE("late reports are history, whether a batch came or not, and change nothing of the state") {
  Stored stored;
  stored.say(hub::report("a:x", "k", record(1)));
  REQUIRE(stored.is_written());
  stored.say_late(hub::report("a:x", "k", R"({"latitude":4,"longitude":5})", state::Operation::replace), 60s);
  stored.say_late(hub::report("a:x", "k", record(0)), 90s);
  REQUIRE(comes_true([&] { return stored.history("a:x").size() == 3; }));
  const auto rows = stored.history("a:x");
  CHECK(texts_of(rows) == R"({"n":0} {"latitude":4,"longitude":5} {"n":1} )");  // oldest first
  CHECK(rows[1].kind == store::HistoryKind::late);
  CHECK(rows[1].place == geo::Point{4, 5});
  CHECK(rows[1].seq == 1);
  CHECK(rows[1].at == stored.fleet.now.timestamp);
  CHECK(stored.kept() == std::map<std::string, std::string>{{"a:x k", R"({"n":1})"}});
  CHECK(stored.writer->health().waiting_bytes == 0);
}

TEST_CASE("who awaits a batch awaits what came late behind it") {
  Stored stored;
  const log::BatchPtr batch = stored.say(hub::report("a:x", "k", record(1)));
  std::promise<bool> first;
  stored.writer->await(batch->seq, [&](bool is_stored) { first.set_value(is_stored); });
  REQUIRE(first.get_future().get());
  stored.moods->is_held = true;
  stored.say_late(hub::report("a:x", "k", record(0)), 60s);
  std::promise<bool> late;
  stored.writer->await(batch->seq, [&](bool is_stored) { late.set_value(is_stored); });
  auto answer = late.get_future();
  CHECK(answer.wait_for(20ms) == std::future_status::timeout);
  // What comes while that is written is not there with it.
  stored.say_late(hub::report("a:x", "k", record(0)), 61s);
  std::promise<bool> later;
  stored.writer->await(batch->seq, [&](bool is_stored) { later.set_value(is_stored); });
  stored.moods->is_held = false;
  CHECK(answer.get());
  CHECK(later.get_future().get());
  CHECK(stored.history("a:x").size() == 3);
}

TEST_CASE("late reports that were committed before their connection was lost are not written twice") {
  Stored stored;
  stored.say(hub::report("a:x", "k", record(1)));
  REQUIRE(stored.is_written());
  for (int n = 0; n < 3; ++n) {
    CAPTURE(n);
    stored.moods->is_cut = true;
    const int writes = stored.moods->writes;
    stored.say_late(hub::report("a:x", "k", record(0)), 60s);
    REQUIRE(comes_true([&] { return stored.moods->writes > writes && !stored.writer->health().is_degraded() && stored.writer->health().waiting_batches == 0; }));
    stored.say(hub::report("a:x", "k", record(n + 2)));
    REQUIRE(stored.is_written());
    CHECK(stored.history("a:x").size() == static_cast<std::size_t>(1 + 2 * (n + 1)));
  }
}

TEST_CASE("late reports that wait count for the bound, and go with what is let go") {
  Stored stored{{.waiting_bytes_max = 1'000}};
  stored.moods->is_full = true;
  stored.say(hub::report("a:x", "k", record(1)));
  for (int n = 0; n < 20; ++n) stored.say_late(hub::report("a:x", "k", record(0)), 60s);
  CHECK(stored.writer->health().fell_off == 1);
  CHECK(stored.writer->health().waiting_bytes == 0);
  REQUIRE(comes_true([&] { return stored.writer->wants_state(); }));
  stored.give_state();
  stored.moods->is_full = false;
  REQUIRE(stored.is_written());
  CHECK(texts_of(stored.history("a:x"), store::HistoryKind::late).empty());
  CHECK_FALSE(texts_of(stored.history("a:x"), store::HistoryKind::gap).empty());
}

/// `a:x` thinned to a row in that time.
StoreWriterOptions thinned(Duration every) {
  state::ChannelDeclaration channel;
  channel.name = "a:x";
  channel.history_every = every;
  return {.channels = {channel}};
}

TEST_CASE("of a thinned channel what was left out last is written when its time has come, though nothing else happens") {
  Stored stored{thinned(50ms)};
  stored.fleet.now.timestamp = net::now().timestamp;
  for (int n = 1; n <= 3; ++n) {
    stored.fleet.ok(hub::report("a:x", "k", record(n)));
    stored.writer->put(stored.fleet.close());
  }
  REQUIRE(comes_true([&] { return stored.history("a:x").size() == 2; }));
  CHECK(texts_of(stored.history("a:x")) == R"({"n":1} {"n":3} )");
  CHECK(stored.history("a:x")[1].at >= stored.fleet.now.timestamp + 50ms);
}

TEST_CASE("a write that fails forgets nothing of what is left out: each row is there once, and at the end the newest is") {
  Stored stored{thinned(3s)};
  stored.fleet.now.timestamp = net::now().timestamp + 1h;  // nothing is due by itself
  stored.moods->is_full = true;
  for (int n = 0; n < 5; ++n) {
    stored.say(hub::report("a:x", "k", record(n)));
    REQUIRE(comes_true([&, failures = stored.writer->health().failures] { return stored.writer->health().failures > failures + 1; }));
  }
  stored.moods->is_full = false;
  REQUIRE(stored.is_written());
  CHECK(texts_of(stored.history("a:x")) == R"({"n":0} {"n":3} )");
  stored.moods->is_cut = true;
  for (int n = 5; n < 8; ++n) stored.say(hub::report("a:x", "k", record(n)));
  REQUIRE(stored.is_written());
  CHECK(texts_of(stored.history("a:x")) == R"({"n":0} {"n":3} {"n":6} )");
  CHECK(stored.writer->stop(10s) != nullptr);
  CHECK(texts_of(stored.history("a:x")) == R"({"n":0} {"n":3} {"n":6} {"n":7} )");
}

TEST_CASE("who fell off the log begins thinning anew") {
  StoreWriterOptions options = thinned(std::chrono::hours{1});
  options.waiting_bytes_max = 1'000;
  Stored stored{options};
  stored.fleet.now.timestamp = net::now().timestamp + 1h;
  stored.say(hub::report("a:x", "k", record(0)));
  REQUIRE(stored.is_written());
  stored.moods->is_full = true;
  for (int n = 1; n < 20; ++n) stored.say(hub::report("a:x", "k", record(n)));
  REQUIRE(comes_true([&] { return stored.writer->wants_state(); }));
  stored.give_state();
  stored.say(hub::report("a:x", "k", record(20)));
  stored.say(hub::report("a:x", "k", record(21)));
  stored.moods->is_full = false;
  REQUIRE(stored.is_written());
  CHECK(texts_of(stored.history("a:x"), store::HistoryKind::set) == R"({"n":0} {"n":19} {"n":20} )");
}

TEST_CASE("each channel is pruned by how long it is kept, and what an earlier run kept of one that is not kept goes") {
  const auto channel = [](std::string name, Duration history) {
    state::ChannelDeclaration made;
    made.name = std::move(name);
    made.history = history;
    return made;
  };
  Stored stored{{.history = std::chrono::hours{10},
                 .channels = {channel("a:short", std::chrono::hours{1}), channel("a:not", Duration::zero()), channel("a:long", std::chrono::hours{100})},
                 .prune_every = 10ms}};
  const auto count = [&](std::string_view name) { return stored.history(name).size(); };
  stored.put_in({.kind = store::HistoryKind::set, .channel = "a:not", .key = "k", .seq = 1, .at = net::now().timestamp - std::chrono::hours{300}, .text = "{}"});
  for (const int hours : {200, 50, 5, 0}) {
    stored.fleet.now.timestamp = net::now().timestamp - std::chrono::hours{hours} - 10min;
    for (const char* name : {"a:short", "a:not", "a:long", "a:x"}) {
      stored.fleet.ok(hub::report(name, "k", record(hours)));
      stored.fleet.ok(hub::report(name, "k", record(hours + 1)));
    }
    stored.writer->put(stored.fleet.close());
  }
  REQUIRE(stored.is_written());
  // The newest before the bound stays, for the state at it.
  CHECK(comes_true([&] { return count("a:short") == 3 && count("a:x") == 5 && count("a:long") == 7 && count("a:not") == 0; }));
}

TEST_CASE("at the end what waits is written, as far as there is time; a store that has not everything is not given back") {
  {
    Stored stored;
    stored.moods->is_held = true;
    for (int n = 0; n < 1'000; ++n) stored.say(hub::report("a:x", "k", record(n)));
    stored.moods->is_held = false;
    CHECK(stored.writer->stop(10s) != nullptr);
    CHECK(stored.writer->health().written == 1'000);
  }
  Stored stored;
  stored.moods->is_full = true;
  stored.say(hub::report("a:x", "k", record(1)));
  CHECK(stored.writer->stop(50ms) == nullptr);
}

TEST_CASE("a clean end is taken up with its epoch and its log; any other with a new one") {
  store::TestFolder folder;
  const auto open = [&] {
    auto opened = store::open_store("sqlite:s.db", {.folder = folder.path()});
    REQUIRE(opened);
    return std::move(*opened);
  };
  TestHub fleet;
  log::Log log{1 << 20};
  store::BatchRows rows{[](const state::Channel&) { return true; }};
  {
    const auto store = open();
    REQUIRE(store->begin_life("e1", 0, fleet.now.timestamp));
    for (int n = 0; n < 5; ++n) {
      fleet.ok(hub::report("a:gps", "k" + std::to_string(n % 2), R"({"lat":)" + std::to_string(n) + R"(,"lon":2})"));
      fleet.ok(hub::event("a:e", R"({"text":"hi"})", "k0"));
      log.append(fleet.close());
      log.for_each_after(log.head() - 1, [&](const log::Batch&) {});
    }
    log.for_each([&](const log::Batch& batch) { rows.add(std::make_shared<const log::Batch>(batch)); });
    REQUIRE(store->write(rows.transaction()));
    REQUIRE(keep(*store, log, fleet.now.timestamp));
  }
  {
    TestHub later;
    const auto store = open();
    const auto taken = read_kept(*store, later.hub, fleet.now.timestamp + 5s);
    REQUIRE(taken);
    CHECK(taken->epoch == "e1");
    CHECK(taken->past.seq == 5);
    CHECK(taken->past.batches.size() == 5);
    CHECK(taken->past.events.size() == 5);
    CHECK(taken->past.events[0]->entity != nullptr);
    CHECK(taken->away == 5s);
    CHECK(taken->notes.empty());
    // The last batch ends where the state is.
    const state::EntityPtr last = taken->past.batches.back()->changes.back().after;
    CHECK(std::ranges::find(taken->past.entities, last) != taken->past.entities.end());
    REQUIRE(store->begin_life(taken->epoch, taken->past.seq, fleet.now.timestamp));
  }
  TestHub crashed;
  const auto taken = read_kept(*open(), crashed.hub, fleet.now.timestamp);
  REQUIRE(taken);
  CHECK(taken->epoch.empty());
  CHECK(taken->past.seq == 5);
  CHECK(taken->past.batches.empty());
  CHECK(taken->past.entities.size() == 2);
}

}  // namespace
}  // namespace starling

#include "starling/core/store/thinning.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Place = std::optional<geo::Point>;

Timestamp second(double after) { return Timestamp{milliseconds{static_cast<std::int64_t>(after * 1'000)}}; }
/// So many metres north of some place.
Place north(double metres) { return geo::Point{38.7 + metres / 111'195.08, -9.1}; }

/// Records of one channel.
class Told {
 public:
  Told(std::optional<Duration> every, std::optional<double> distance_m) {
    channel.name = "car:gps";
    channel.history_every = every;
    channel.history_distance_m = distance_m;
  }
  SetRecord record(std::string key, int n, Place place = {}, Timestamp time = {}) const {
    const std::size_t hash = state::Identity::hash_of(0, key);
    auto identity = std::make_shared<const state::Identity>(state::Identity{0, std::move(key), hash});
    return {.identity = std::move(identity),
            .facet = std::make_shared<const state::Facet>(state::Facet{&channel, state::Fields::from("{\"n\":" + std::to_string(n) + "}"), 1, time}),
            .place = place ? std::optional{state::Place{*place, &channel}} : std::nullopt,
            .seq = static_cast<state::Seq>(n)};
  }
  state::Channel channel;
};

TEST_CASE("a record is written when enough time has passed since the last row, or it is far enough from it") {
  struct Step {
    double at_s;
    Place place;
    bool is_written;
    std::optional<double> time_s = {};  ///< of the report; else that of the batch
  };
  struct Case {
    const char* name;
    std::optional<Duration> every;
    std::optional<double> distance_m;
    std::vector<Step> steps;
  };
  constexpr Duration kTen = seconds{10};
  for (const Case& c : {
           Case{"by time: one below, at and one above", kTen, {}, {{0, {}, true}, {9.999, {}, false}, {10, {}, true}, {19.999, {}, false}, {20.001, {}, true}}},
           Case{"by time counts from the last row, not from what was left out", kTen, {}, {{0, {}, true}, {6, {}, false}, {11, {}, true}, {20.9, {}, false}, {21, {}, true}}},
           Case{"by time a place does not count", kTen, {}, {{0, north(0), true}, {1, north(5'000), false}, {2, {}, false}}},
           Case{"by distance: one below, at and one above", {}, 50, {{0, north(0), true}, {1, north(49.9), false}, {2, north(50.001), true}, {3, north(0.2), false}, {4, north(-0.1), true}}},
           Case{"by distance counts from the last row: who creeps gets there", {}, 50, {{0, north(0), true}, {1, north(20), false}, {2, north(40), false}, {3, north(60), true}}},
           Case{"by distance time does not count", {}, 50, {{0, north(0), true}, {86'400, north(1), false}}},
           Case{"by distance what has no place is not thinned", {}, 50, {{0, {}, true}, {1, {}, true}, {2, {}, true}}},
           Case{"a place that came or went is a move", {}, 50, {{0, {}, true}, {1, north(0), true}, {2, north(0), false}, {3, {}, true}}},
           Case{"of both either is enough", kTen, 50, {{0, north(0), true}, {1, north(10), false}, {2, north(60), true}, {11, north(61), false}, {12, north(61), true}}},
           Case{"of both time alone thins what has no place", kTen, 50, {{0, {}, true}, {9, {}, false}, {10, {}, true}}},
           Case{"what was gathered and is told at once is as dense as if it had been told in time",
                kTen, {}, {{100, {}, true, 0}, {100, {}, false, 5}, {100, {}, true, 10}, {100, {}, false, 19.9}, {100, {}, true, 20}}},
           Case{"by both clocks together it is a row in that time all the same", kTen, {}, {{0, {}, true, 0}, {10, {}, true, 3}, {14, {}, false, 13}, {19.9, {}, false, 19.9}, {20, {}, true, 20}}},
           Case{"reports that are late fill in, and are no newer", kTen, {}, {{100, {}, true, 50}, {101, {}, false, 50}}},
           Case{"a clock that was set back does not silence anybody", kTen, 50, {{100, north(0), true}, {99.999, north(0), true}, {100, north(0), false}}},
       }) {
    CAPTURE(c.name);
    const Told told{c.every, c.distance_m};
    CHECK(Thinning::concerns(told.channel));
    Thinning thinning;
    int n = 0;
    for (const Step& step : c.steps) {
      CAPTURE(n);
      CHECK(thinning.lets_through(told.record("k", ++n, step.place, second(step.time_s.value_or(step.at_s))), second(step.at_s)) == step.is_written);
    }
    CHECK(thinning.size() == 1);
  }
  CHECK_FALSE(Thinning::concerns(Told{{}, {}}.channel));
}

TEST_CASE("what was left out last is written when the time has passed, and the next then counts from that") {
  const Told told{seconds{10}, std::nullopt};
  Thinning thinning;
  CHECK(thinning.lets_through(told.record("k", 1), second(0)));
  CHECK_FALSE(thinning.next_due());
  CHECK_FALSE(thinning.lets_through(told.record("k", 2), second(3)));
  CHECK_FALSE(thinning.lets_through(told.record("k", 3), second(7)));
  CHECK(thinning.next_due() == second(10));
  CHECK(thinning.take_due(second(9.999)).empty());
  const auto due = thinning.take_due(second(12));
  REQUIRE(due.size() == 1);
  CHECK(due[0].record.seq == 3);
  CHECK(due[0].at == second(10));
  CHECK_FALSE(thinning.next_due());
  CHECK_FALSE(thinning.has_left_out());
  CHECK_FALSE(thinning.lets_through(told.record("k", 4), second(19.999)));
  CHECK(thinning.next_due() == second(20));
  CHECK(thinning.lets_through(told.record("k", 5), second(20)));
  CHECK_FALSE(thinning.next_due());  // 4 is nobody's business any more
  CHECK_FALSE(thinning.has_left_out());
}

TEST_CASE("several are due in the order of their moments") {
  const Told told{seconds{10}, std::nullopt};
  Thinning thinning;
  for (int key = 0; key < 5; ++key) CHECK(thinning.lets_through(told.record(std::to_string(key), 1), second(key)));
  for (int key = 4; key >= 0; --key) CHECK_FALSE(thinning.lets_through(told.record(std::to_string(key), 2), second(5)));
  std::string keys;
  for (const auto& due : thinning.take_due(second(13))) keys += due.record.identity->key;
  CHECK(keys == "0123");
  CHECK(thinning.next_due() == second(14));
}

TEST_CASE("what was left out moves with its entity, whoever moves it; what was not stays") {
  const Told told{seconds{10}, std::nullopt};
  Thinning thinning;
  state::Entity entity;
  const auto becomes = [&](int n, double at_s) {
    const SetRecord record = told.record("k", n, north(0));
    entity.identity = record.identity;
    entity.facets = {record.facet};
    return thinning.lets_through(record, second(at_s));
  };
  CHECK(becomes(1, 0));
  entity.place = state::Place{*north(70), nullptr};
  thinning.moved(entity);
  CHECK_FALSE(thinning.has_left_out());
  CHECK_FALSE(becomes(2, 1));
  thinning.moved(entity);
  const auto due = thinning.take_due(second(10));
  REQUIRE(due.size() == 1);
  CHECK(due[0].record.place == entity.place);
}

TEST_CASE("a removal gives back what was left out, and forgets the facet: the next record is written") {
  const Told told{seconds{10}, 50};
  Thinning thinning;
  const auto removed = [&] { return thinning.removed(told.channel, *told.record("k", 0).identity); };
  CHECK_FALSE(removed());
  CHECK(thinning.lets_through(told.record("k", 1, north(0)), second(0)));
  CHECK_FALSE(removed());  // nothing was left out
  CHECK(thinning.size() == 0);
  CHECK(thinning.lets_through(told.record("k", 2, north(0)), second(1)));
  CHECK_FALSE(thinning.lets_through(told.record("k", 3, north(1)), second(2)));
  const auto last = removed();
  REQUIRE(last);
  CHECK(last->seq == 3);
  CHECK(thinning.size() == 0);
  CHECK_FALSE(thinning.next_due());
  CHECK_FALSE(thinning.has_left_out());
}

TEST_CASE("all that was left out can be taken, also what is never due; and all can be forgotten") {
  const Told timed{seconds{10}, std::nullopt}, placed{std::nullopt, 50};
  Thinning thinning;
  for (const Told* told : {&timed, &placed}) {
    CHECK(thinning.lets_through(told->record("k", 1, north(0)), second(0)));
    CHECK_FALSE(thinning.lets_through(told->record("k", 2, north(1)), second(1)));
  }
  CHECK(thinning.size() == 2);
  CHECK(thinning.take_due(second(86'400)).size() == 1);
  CHECK(thinning.has_left_out());
  const auto all = thinning.take_all(second(86'401));
  REQUIRE(all.size() == 1);
  CHECK(all[0].facet->channel == &placed.channel);
  CHECK_FALSE(thinning.has_left_out());
  CHECK(thinning.take_all(second(86'401)).empty());
  CHECK_FALSE(thinning.lets_through(timed.record("k", 3), second(19.999)));
  thinning.forget();
  CHECK(thinning.size() == 0);
  CHECK_FALSE(thinning.next_due());
  CHECK_FALSE(thinning.has_left_out());
  CHECK(thinning.lets_through(timed.record("k", 4), second(86'401)));
}

TEST_CASE("whatever is told, no key has two rows within the time, and none is further behind than it") {
  const std::uint64_t seed = 20261122;
  CAPTURE(seed);
  Random random{seed};
  const Told told{milliseconds{100}, std::nullopt};
  Thinning thinning;
  struct Key {
    int told = 0, written = 0;
    std::optional<int> written_at, behind_since;
  };
  std::vector<Key> keys(3);
  const auto write = [&](std::size_t key, int n, int at) {
    CAPTURE(at);
    if (keys[key].written_at) REQUIRE(at - *keys[key].written_at >= 100);
    keys[key].written = n;
    keys[key].written_at = at;
    keys[key].behind_since.reset();
  };
  for (int now = 0; now < 20'000; ++now) {
    CAPTURE(now);
    for (const auto& due : thinning.take_due(Timestamp{milliseconds{now}})) {
      write(static_cast<std::size_t>(due.record.identity->key[0] - '0'), static_cast<int>(due.record.seq), static_cast<int>(due.at.time_since_epoch().count()));
    }
    for (std::size_t key = 0; key < keys.size(); ++key) {
      // One of them speaks often, one now and then, one seldom.
      if (random.below(key == 0 ? 10 : key == 1 ? 80 : 700) != 0) continue;
      const int n = ++keys[key].told;
      if (thinning.lets_through(told.record(std::to_string(key), n, {}, Timestamp{milliseconds{now}}), Timestamp{milliseconds{now}})) {
        write(key, n, now);
      } else if (!keys[key].behind_since) {
        keys[key].behind_since = now;
      }
    }
    for (const Key& key : keys) {
      if (key.behind_since) REQUIRE(now - *key.behind_since <= 100);
      if (!key.behind_since) REQUIRE(key.written == key.told);
    }
  }
}

}  // namespace
}  // namespace starling::store

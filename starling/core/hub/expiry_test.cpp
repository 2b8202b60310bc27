// What expires, as the hub does it.
#include "starling/core/hub/expiry.hpp"

#include <doctest/doctest.h>

#include <map>

#include "starling/core/base/random.hpp"
#include "starling/core/hub/test_hub.hpp"

namespace starling::hub {
namespace {

using state::Cause;
using state::Operation;
using namespace std::chrono_literals;

/// `a:short` goes after 10 s, `a:long` after an hour and `a:x` never.
struct ExpiringHub : TestHub {
  explicit ExpiringHub(HubOptions options = {}) : TestHub(std::move(options), expiring()) {}
  static std::vector<state::ChannelDeclaration> expiring() {
    std::vector<state::ChannelDeclaration> all(2);
    all[0].name = "a:short";
    all[0].ttl = 10s;
    all[1].name = "a:long";
    all[1].ttl = 1h;
    return all;
  }
  void pass(Duration time) {
    now.instant += time;
    now.timestamp += std::chrono::duration_cast<std::chrono::milliseconds>(time);
    hub.on_time(now);
  }
  std::optional<Cause> cause(const state::Change& change, std::string_view channel) const { return change.cause_of(*hub.channels().find(channel)); }
};

TEST_CASE("a facet goes its channel's ttl after its newest report came: one below, at and one above") {
  for (const Duration off : {Duration{-1}, Duration{0}, Duration{1}}) {
    CAPTURE(off.count());
    ExpiringHub hub;
    CHECK(hub.hub.next_due() == std::nullopt);
    hub.ok(report("a:short", "k", R"({"v":1})"));
    const Instant came = hub.now.instant;
    CHECK(hub.hub.next_due() == came + 10s);
    (void)hub.close();
    hub.pass(10s + off);
    const log::BatchPtr batch = hub.close();
    REQUIRE((batch != nullptr) == (off.count() >= 0));
    CHECK((hub.find("a:short", "k") == nullptr) == (off.count() >= 0));
    if (!batch) continue;
    REQUIRE(batch->changes.size() == 1);
    CHECK(batch->changes[0].after == nullptr);
    CHECK(hub.cause(batch->changes[0], "a:short") == Cause::expired);
    CHECK(hub.hub.next_due() == std::nullopt);
    CHECK(hub.hub.counters().expired == 1);
  }
}

TEST_CASE("what puts it off is a report that came, and what does not is a late or a retained one") {
  struct Case {
    const char* name;
    state::Update update;
    bool puts_off;
  };
  const auto timed = [](state::Update update, int seconds) {
    update.time = Timestamp{std::chrono::seconds{seconds}};
    return update;
  };
  const auto retained = [](state::Update update) {
    update.retained = true;
    return update;
  };
  for (const Case& c : {
           Case{"something new", report("a:short", "k", R"({"v":2})"), true},
           Case{"a repeat", report("a:short", "k", R"({"v":1})"), true},
           Case{"a report of no fields", report("a:short", "k", "{}"), true},
           Case{"a replacement", report("a:short", "k", R"({"w":1})", Operation::replace), true},
           Case{"an old time that is no older than what is held", timed(report("a:short", "k", R"({"v":2})"), 1'000), true},
           Case{"a late report", timed(report("a:short", "k", R"({"v":2})"), 999), false},
           Case{"a late report that fills something in", timed(report("a:short", "k", R"({"w":2})"), 999), false},
           Case{"a late replacement", timed(report("a:short", "k", R"({"w":2})", Operation::replace), 999), false},
           Case{"a late removal", timed(removal("a:short", "k"), 999), false},
           Case{"a retained message", retained(report("a:short", "k", R"({"v":2})")), false},
           Case{"a retained message that says what is known", retained(report("a:short", "k", R"({"v":1})")), false},
           Case{"another facet", report("a:x", "k", R"({"v":2})"), false},
           Case{"an event", event("a:e", "{}", "k"), false},
           Case{"another key", report("a:short", "l", R"({"v":2})"), false},
       }) {
    CAPTURE(c.name);
    ExpiringHub hub;
    hub.ok(report("a:short", "k", R"({"v":1})"));
    hub.pass(4s);
    hub.ok(c.update);
    hub.pass(6s);
    CHECK((hub.text("a:short", "k") != "nothing") == c.puts_off);
    hub.pass(4s);
    CHECK(hub.text("a:short", "k") == "nothing");
  }
}

TEST_CASE("an announcement does not put it off") {
  ExpiringHub hub;
  hub.ok(report("a:short", "k", R"({"v":1})"));
  hub.pass(4s);
  CHECK(hub.hub.announce("a:short", "k", hub.now).has_value());
  hub.pass(6s);
  CHECK(hub.text("a:short", "k") == "nothing");
}

TEST_CASE("a retained message that makes the facet counts, and so does one after it expired") {
  ExpiringHub hub;
  state::Update kept = report("a:short", "k", R"({"v":1})");
  kept.retained = true;
  for (int round = 0; round < 2; ++round) {
    hub.ok(kept);
    hub.pass(10s - Duration{1});
    CHECK(hub.text("a:short", "k") == R"({"v":1})");
    hub.pass(Duration{1});
    CHECK(hub.text("a:short", "k") == "nothing");
  }
}

TEST_CASE("one facet goes, the others stay; the place goes with its own") {
  ExpiringHub hub;
  hub.ok(report("a:short", "k", R"({"latitude":1,"longitude":1})"));
  state::Update located = report("a:short", "k", "{}");
  located.location = geo::Point{1, 1};
  hub.ok(located);
  hub.ok(report("a:long", "k", R"({"v":1})"));
  (void)hub.close();
  hub.pass(10s);
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch);
  REQUIRE(batch->changes.size() == 1);
  CHECK(hub.cause(batch->changes[0], "a:short") == Cause::expired);
  CHECK(hub.cause(batch->changes[0], "a:long") == std::nullopt);
  REQUIRE(hub.find("a:x", "k") != nullptr);
  CHECK_FALSE(hub.find("a:x", "k")->place.has_value());
  CHECK(hub.text("a:long", "k") == R"({"v":1})");
  hub.pass(1h);
  CHECK(hub.find("a:x", "k") == nullptr);
}

TEST_CASE("a facet that was removed does not expire, and made again it has all of its time") {
  ExpiringHub hub;
  hub.ok(report("a:short", "k", R"({"v":1})"));
  hub.pass(5s);
  hub.ok(removal("a:short", "k"));
  CHECK(hub.hub.next_due() == std::nullopt);
  hub.ok(report("a:short", "k", R"({"v":1})"));
  hub.pass(10s - Duration{1});
  CHECK(hub.text("a:short", "k") == R"({"v":1})");
  hub.pass(Duration{1});
  CHECK(hub.text("a:short", "k") == "nothing");
}

TEST_CASE("a report older than the newest before it expired does not make it again, one as old does") {
  ExpiringHub hub;
  hub.ok(report("a:short", "k", R"({"v":1})"));
  const Timestamp newest = hub.now.timestamp;
  hub.pass(10s);
  state::Update late = report("a:short", "k", R"({"v":2})");
  late.time = newest - std::chrono::milliseconds{1};
  CHECK_FALSE(hub.ok(late).changed);
  late.time = newest;
  CHECK(hub.ok(late).changed);
}

TEST_CASE("so many go in one call: one below, at and one above; what is left is due at once") {
  for (const std::size_t count : {std::size_t{4}, std::size_t{5}, std::size_t{6}}) {
    CAPTURE(count);
    HubOptions options;
    options.dues_per_call_max = 5;
    ExpiringHub hub(options);
    for (std::size_t i = 0; i < count; ++i) hub.ok(report("a:short", std::to_string(i), "{}"));
    (void)hub.close();
    hub.pass(10s);
    CHECK(hub.close()->changes.size() == std::min<std::size_t>(count, 5));
    CHECK(hub.hub.next_due().has_value() == (count > 5));
    if (count <= 5) continue;
    CHECK(*hub.hub.next_due() <= hub.now.instant);
    hub.pass(0s);
    CHECK(hub.close()->changes.size() == 1);
    CHECK(hub.hub.next_due() == std::nullopt);
  }
}

TEST_CASE("what waits to expire is weighed, and gives all of it back") {
  TestHub plain;
  ExpiringHub hub;
  plain.ok(report("a:shore", "k", "{}"));
  hub.ok(report("a:short", "k", "{}"));
  CHECK(hub.hub.state_bytes() == plain.hub.state_bytes() + Deadlines::kBytes);
  hub.pass(10s);
  CHECK(hub.hub.state_bytes() == 0);

  HubOptions options;
  options.state_bytes_max = plain.hub.state_bytes() + Deadlines::kBytes;
  ExpiringHub fits(options);
  fits.ok(report("a:short", "k", "{}"));
  --options.state_bytes_max;
  ExpiringHub tight(options);
  CHECK(tight.refused(report("a:short", "k", "{}")) == state::Refusal::limit_state);
  tight.ok(report("a:shore", "k", "{}"));
}

TEST_CASE("whatever comes, a facet is there exactly while its newest report is younger than its ttl") {
  const std::uint64_t seed = 4711;
  CAPTURE(seed);
  Random random{seed};
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    ExpiringHub hub;
    std::map<std::string, Instant> last;  // by channel and key
    for (int step = 0; step < 200; ++step) {
      const std::string channel = random.chance(0.7) ? "a:short" : "a:long";
      const std::string key = std::to_string(random.below(5));
      const double what = static_cast<double>(random.below(100)) / 100;
      if (what < 0.6) {
        hub.ok(report(channel, key, "{\"v\":" + std::to_string(random.below(3)) + '}'));
        last[channel + key] = hub.now.instant;
      } else if (what < 0.7) {
        hub.ok(removal(channel, key));
        last.erase(channel + key);
      } else {
        const Duration time = std::chrono::seconds{random.below(random.chance(0.05) ? 4'000 : 8)};
        // As the server does: at each time that is asked for, and at the end.
        const Instant end = hub.now.instant + time;
        while (hub.hub.next_due() && *hub.hub.next_due() <= end) hub.pass(*hub.hub.next_due() - hub.now.instant);
        hub.pass(end - hub.now.instant);
      }
      for (const char* of : {"a:short", "a:long"}) {
        for (int k = 0; k < 5; ++k) {
          const auto came = last.find(of + std::to_string(k));
          const Duration ttl = std::string_view{of} == "a:short" ? Duration{10s} : Duration{1h};
          const bool is_there = came != last.end() && hub.now.instant - came->second < ttl;
          REQUIRE((hub.facet(of, std::to_string(k)) != nullptr) == is_there);
        }
      }
    }
  }
}

}  // namespace
}  // namespace starling::hub

// The position of a viewer: what it holds everything up to, whatever is pending for its pace.
#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the position of a viewer is what it holds everything up to") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  CHECK(stage.fanout.position(viewer.subscription) == 0);
  stage.go(150);
  stage.set("k", 1);  // led
  CHECK(stage.fanout.position(viewer.subscription) == 1);
  stage.set("k", 2);
  CHECK(stage.fanout.position(viewer.subscription) == 1);
  stage.go(200);
  CHECK(stage.fanout.position(viewer.subscription) == 2);
  stage.world.set("b:x", "k", "{}");
  Stage::Viewer& other = stage.subscribed(query({"c:*"}), milliseconds{100}, 2);
  stage.batch();
  stage.go(300);
  CHECK(stage.fanout.position(other.subscription) == 3);  // nothing to tell is told as well
  other.link.room = 0;
  stage.world.set("c:x", "k", "{}");
  stage.batch();
  stage.go(400);
  CHECK(stage.fanout.position(other.subscription) == std::nullopt);
}

TEST_CASE("an event that waits does not take back the position of those who were quiet until then") {
  Stage stage;
  Stage::Viewer &viewer = stage.subscribed(query({"a:e"})), &leaves = stage.subscribed(query({"a:e"}), milliseconds{100}, 2);
  stage.go(150);
  for (int i = 1; i <= 3; ++i) stage.set("k", i);  // nothing of it is theirs
  CHECK(stage.fanout.position(viewer.subscription) == 3);
  stage.say("a:e", 4);
  CHECK(stage.fanout.position(viewer.subscription) == 3);
  stage.say("a:e", 5);
  CHECK(stage.fanout.position(viewer.subscription) == 3);
  leaves.link.room = 0;
  stage.replace(leaves, query({"a:x"}));
  CHECK(leaves.subscription.standing() == Standing::sending);
  CHECK(leaves.subscription.cursor == 3);
  viewer.link.room = 0;
  stage.go(160);
  CHECK(viewer.subscription.standing() == Standing::overdue);
  CHECK(viewer.subscription.cursor == 3);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(update 1 #5: a:e !4.0 {"n":4}, a:e !5.0 {"n":5})"});
  CHECK(stage.fanout.position(viewer.subscription) == 5);
}

TEST_CASE("an event that waits after batches of others goes with the beat, once") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed(query({"a:e"}));
  stage.go(195);
  stage.set("k", 1);
  stage.say("a:e", 2);
  CHECK(viewer.take().empty());
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:e !2.0 {"n":2})"});
  stage.go(500);
  CHECK(viewer.take().empty());
}

TEST_CASE("what a viewer holds never goes back, whoever it is and whatever happens") {
  const std::uint64_t seed = 156;
  CAPTURE(seed);
  std::size_t moved = 0, left = 0;
  for (std::uint64_t round = 0; round < 20; ++round) {
    CAPTURE(round);
    Random random{seed + round};
    Stage stage;
    struct Watching {
      Stage::Viewer* viewer;
      Seq held = 0;
    };
    std::vector<Watching> all;
    const std::vector<std::vector<std::string>> wants{{"a:e"}, {"a:x"}, {"a:now", "a:y"}, {"a:alarm", "a:sos"}, {"*"}, {"b:*"}};
    for (const auto& channels : wants) {
      for (const int period_ms : {100, 500}) all.push_back({&stage.subscribed(query(channels), milliseconds{period_ms})});
    }
    const auto look = [&] {
      for (Watching& one : all) {
        const Subscription& subscription = one.viewer->subscription;
        const std::optional<Seq> position = stage.fanout.position(subscription);
        const Seq holds = position.value_or(subscription.cursor);
        CAPTURE(subscription.view->text());
        REQUIRE(holds >= one.held);
        REQUIRE(holds >= subscription.told.value_or(0));
        moved += holds > one.held;
        left += !position;
        one.held = holds;
      }
    };
    int now_ms = 0;
    for (int step = 0; step < 150; ++step) {
      const std::string key = std::to_string(random.below(3));
      for (const char* channel : {"a:x", "a:y", "a:sos", "b:x"}) {
        if (random.chance(0.15)) stage.world.set(channel, key, "{\"v\":" + std::to_string(random.below(3)) + '}');
      }
      for (const char* channel : {"a:e", "a:now", "a:alarm"}) {
        if (random.chance(0.15)) stage.world.say(channel, std::nullopt, "{}");
      }
      stage.batch();
      look();
      Watching& one = all[random.below(all.size())];
      if (random.chance(0.1)) {
        one.viewer->link.room = random.below(2);
      } else if (random.chance(0.5)) {
        stage.drain(*one.viewer);
      }
      look();
      if (random.chance(0.05)) stage.replace(*one.viewer, query(wants[random.below(wants.size())]));
      look();
      now_ms += static_cast<int>(random.below(40));
      stage.go(now_ms);
      look();
    }
  }
  CHECK(moved > 5'000);
  CHECK(left > 500);
}

}  // namespace
}  // namespace starling::fanout

#include "starling/core/fanout/pace_class.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "starling/core/base/random.hpp"
#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST_CASE("the first change after quiet goes at once, then at most one update a beat, and the first beat may follow sooner") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(190);
  stage.set("k", 1);
  CHECK(viewer.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});  // at 190: it was quiet
  stage.go(195);
  stage.set("k", 2);
  stage.set("k", 3);
  CHECK(viewer.take().empty());
  stage.go(199);
  CHECK(viewer.take().empty());
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k+"v":3)"});  // the beat, and 2 was never seen
  stage.set("k", 4);
  stage.go(299);
  CHECK(viewer.take().empty());
  stage.go(300);
  CHECK(viewer.take() == Lines{R"(update 1 #4: a:x k+"v":4)"});
  // Nothing at the beat of 400: quiet again.
  stage.go(401);
  stage.set("k", 5);
  CHECK(viewer.take() == Lines{R"(update 1 #5: a:x k+"v":5)"});
}

TEST_CASE("why a facet is gone is the last reason, also if it came again and went within one batch") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.subscribed();
  stage.world.remove("a:x", "k", state::Cause::expired);
  stage.batch();
  stage.world.set("a:x", "k", R"({"v":2})");
  stage.world.remove("a:x", "k", state::Cause::deleted);
  stage.batch();
  stage.go(100);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k-deleted)"});
}

TEST_CASE("why a facet is gone is its last reason, and what is held is what there is, whatever came and went between beats") {
  const std::uint64_t seed = 155;
  CAPTURE(seed);
  std::size_t reasons = 0, came_and_went = 0;
  for (std::uint64_t round = 0; round < 60; ++round) {
    CAPTURE(round);
    Random random{seed + round};
    Stage stage;
    struct Watching {
      Stage::Viewer* viewer;
      std::set<std::string> held;
    };
    std::vector<Watching> all;
    for (const int period_ms : {100, 500, 1'000}) all.push_back({&stage.subscribed(query({"a:*"}), milliseconds{period_ms}), {}});
    std::map<std::string, std::string> last_reason;
    std::set<std::string> there;
    const auto hear = [&](Watching& one) {
      for (const std::string& line : one.viewer->take()) {
        CAPTURE(line);
        const std::size_t start = line.find(": ") + 2;
        for (std::size_t at = start; at < line.size();) {
          const std::size_t end = std::min(line.find(", ", at), line.size());
          const std::string item = line.substr(at, end - at);  // `a:x 1={…}`, `a:x 1+"v":…` or `a:x 1-deleted`
          const std::string name = item.substr(0, 5);
          if (item.at(5) == '-') {
            REQUIRE(one.held.erase(name) == 1);
            REQUIRE(item.substr(6) == last_reason.at(name));
            ++reasons;
          } else {
            REQUIRE((item.at(5) == '=') == one.held.insert(name).second);
          }
          at = end + 2;
        }
      }
    };
    int now_ms = 0;
    for (int step = 0; step < 100; ++step) {
      for (std::uint64_t i = random.below(5); i > 0; --i) {
        const std::string channel = random.chance(0.5) ? "a:x" : "a:y", key = std::to_string(random.below(3)), name = channel + ' ' + key;
        if (there.contains(name) && random.chance(0.6)) {
          const bool is_expired = random.chance(0.5);
          stage.world.remove(channel, key, is_expired ? state::Cause::expired : state::Cause::deleted);
          last_reason[name] = is_expired ? "expired" : "deleted";
          there.erase(name);
          came_and_went += std::ranges::none_of(all, [&](const Watching& one) { return one.held.contains(name); });
        } else {
          stage.world.set(channel, key, "{\"v\":" + std::to_string(random.below(100)) + '}');
          there.insert(name);
        }
      }
      stage.batch();
      for (Watching& one : all) hear(one);
      now_ms += static_cast<int>(random.below(120));
      stage.go(now_ms);
      for (Watching& one : all) hear(one);
    }
    stage.go(now_ms + 2'000);
    for (Watching& one : all) {
      hear(one);
      REQUIRE(one.held == there);
    }
  }
  CHECK(reasons > 3'000);
  CHECK(came_and_went > 300);
}

TEST_CASE("a viewer that just came is not quiet: its first update comes with the beat") {
  Stage stage;
  stage.go(110);
  Stage::Viewer& viewer = stage.subscribed();
  stage.set("k", 1);
  CHECK(viewer.take().empty());
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
}

TEST_CASE("a beat that is due comes before the batch that follows it") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.set("k", 1);
  stage.now = at_ms(130);  // nobody called at 100
  stage.set("k", 2);
  CHECK(viewer.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:x k+"v":2)"});
}

TEST_CASE("what a viewer is not shown does not make it less quiet") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed(query({"a:x"}, in_box(10, 0, 10, 0)));
  stage.go(110);
  stage.set("far", 1, geo::Point{50, 50});
  stage.world.set("a:y", "near", "{}", geo::Point{5, 5});  // touched, but of another channel
  stage.batch();
  CHECK(viewer.take().empty());
  stage.set("near", 1);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x near={"v":1})"});
}

TEST_CASE("who comes behind does not make the others of its pace less quiet") {
  Stage stage{{.part_bytes = 1}};
  const Period period = std::chrono::milliseconds{10'000};
  Stage::Viewer &quiet = stage.subscribed(query({"*"}), period), &behind = stage.viewer(query({"*"}), period, 2);
  stage.set("k", 1);
  stage.set("l", 1);
  stage.go(1'000);
  behind.link.room = 2;  // the answer and the first part
  stage.subscribe(behind);
  stage.set("k", 2);
  stage.go(10'000);
  (void)quiet.take();
  stage.go(55'000);
  stage.drain(behind);  // what it holds now is of before the last beat
  stage.set("k", 3);
  CHECK(quiet.take() == Lines{R"(update 1 #4: a:x k+"v":3)"});
}

TEST_CASE("beats of a pace stand on the grid, whenever its viewers came") {
  Stage stage;
  stage.go(1'300);
  Stage::Viewer& viewer = stage.subscribed(query({"*"}), seconds{1});
  stage.set("k", 1);
  CHECK(stage.fanout.next_due() == at_ms(2'000));
  stage.go(1'999);
  CHECK(viewer.take().empty());
  stage.go(2'000);
  CHECK(viewer.take().size() == 1);
  CHECK_FALSE(stage.fanout.next_due().has_value());  // nothing pending, nothing due
}

TEST_CASE("each pace has beats of its own and folds what lies between them") {
  Stage stage;
  Stage::Viewer &fast = stage.subscribed(), &slow = stage.subscribed(query({"*"}), milliseconds{500}, 2);
  for (int i = 1; i <= 9; ++i) {
    stage.set("k", i);
    stage.go(i * 100);
  }
  CHECK(fast.take().size() == 9);
  const Lines slowly = slow.take();
  CHECK(slowly == Lines{R"(update 2 #5: a:x k={"v":5})"});
  stage.go(1'000);
  CHECK(slow.take() == Lines{R"(update 2 #9: a:x k+"v":9)"});
}

TEST_CASE("led by a first change, then the rest at the beat and nothing twice") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(150);
  stage.world.set("a:x", "k", R"({"v":1})");
  stage.world.set("a:x", "l", R"({"v":1})");
  stage.batch();
  CHECK(viewer.take() == Lines{R"(update 1 #1: a:x k={"v":1}, a:x l={"v":1})"});
  stage.set("l", 2);
  stage.set("m", 1);
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x l+"v":2, a:x m={"v":1})"});
  stage.go(300);
  CHECK(viewer.take().empty());
}

TEST_CASE("back to what it was told before the beat is nothing") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(150);
  stage.set("k", 1);
  (void)viewer.take();
  stage.set("k", 2);
  stage.set("k", 1);
  stage.set("gone", 1);
  stage.world.remove("a:x", "gone");
  stage.batch();
  stage.go(200);
  CHECK(viewer.take().empty());
  CHECK(stage.fanout.position(viewer.subscription) == 5);  // but it holds all of that
}

TEST_CASE("an event waits as long as its channel allows, and comes with what is pending") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(110);
  stage.say("a:e", 1);
  CHECK(viewer.take().empty());
  stage.go(115);
  stage.say("a:e", 2);
  CHECK(stage.fanout.next_due() == at_ms(120));
  stage.go(119);
  CHECK(viewer.take().empty());
  stage.go(120);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:e !1.0 {"n":1}, a:e !2.0 {"n":2})"});
  stage.set("k", 1);  // waits for the beat: something was sent in this one
  stage.go(130);
  stage.say("a:e", 3);
  stage.go(140);
  CHECK(viewer.take() == Lines{R"(update 1 #4: a:x k={"v":1}, a:e !4.0 {"n":3})"});
  stage.go(200);
  CHECK(viewer.take().empty());
}

TEST_CASE("an event that is waiting goes with the first change after quiet, in one update") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(110);
  stage.say("a:e", 1);
  stage.set("k", 1);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:x k={"v":1}, a:e !1.0 {"n":1})"});
  stage.go(200);
  CHECK(viewer.take().empty());
}

TEST_CASE("an event that waits over a beat goes with the beat") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(195);
  stage.say("a:e", 1);
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #1: a:e !1.0 {"n":1})"});
  stage.go(205);
  CHECK(viewer.take().empty());
}

TEST_CASE("events at once, critical events and critical records go at once, and take what is pending along") {
  for (const char* channel : {"a:now", "a:alarm", "a:sos"}) {
    CAPTURE(channel);
    Stage stage;
    Stage::Viewer& viewer = stage.subscribed();
    stage.set("k", 1);  // not quiet: it just came
    CHECK(viewer.take().empty());
    if (channel == std::string_view{"a:sos"}) {
      stage.world.set(channel, "k", "{}");
      stage.batch();
      CHECK(viewer.take() == Lines{R"(update 1 #2: a:sos k={}, a:x k={"v":1})"});
    } else {
      stage.say(channel, 2);
      CHECK(viewer.take() == Lines{"update 1 #2: a:x k={\"v\":1}, " + std::string{channel} + R"( !2.0 {"n":2})"});
    }
    stage.set("k", 2);
    stage.go(99);
    CHECK(viewer.take().empty());
    stage.go(100);
    CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k+"v":2)"});
  }
}

TEST_CASE("what is critical to some is not to those who do not see it") {
  Stage stage;
  Stage::Viewer& other = stage.subscribed(query({"a:x"}));
  stage.world.set("a:x", "k", R"({"v":1})");
  stage.world.set("a:sos", "k", "{}");
  stage.batch();
  CHECK(other.take().empty());
  stage.world.set("a:sos", "k", R"({"on":true})");
  stage.world.say("a:alarm", std::nullopt, "{}");
  stage.batch();
  CHECK(other.take().empty());
  stage.go(100);
  CHECK(other.take() == Lines{R"(update 1 #2: a:x k={"v":1})"});
}

TEST_CASE("another facet of an entity that has a critical one is not critical; the end of one is") {
  Stage stage;
  stage.world.set("a:sos", "k", "{}");
  stage.batch();
  Stage::Viewer& viewer = stage.subscribed();
  stage.set("k", 1);
  CHECK(viewer.take().empty());
  stage.world.remove("a:sos", "k");
  stage.batch();
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:sos k-deleted, a:x k={"v":1})"});
}

TEST_CASE("with a rate, everything but what is critical waits for the beats of that rate") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed(query({"*"}), seconds{1});
  stage.set("k", 1);
  stage.say("a:e", 2);
  stage.say("a:now", 3);
  stage.go(999);
  CHECK(viewer.take().empty());
  stage.go(1'000);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k={"v":1}, a:e !2.0 {"n":2}, a:now !3.0 {"n":3})"});
  stage.set("k", 2);
  stage.say("a:alarm", 5);
  CHECK(viewer.take() == Lines{R"(update 1 #5: a:x k+"v":2, a:alarm !5.0 {"n":5})"});
  // After a quiet beat an event goes at once, as a change would.
  stage.go(3'500);
  stage.say("a:e", 6);
  CHECK(viewer.take() == Lines{R"(update 1 #6: a:e !6.0 {"n":6})"});
  stage.say("a:e", 7);
  stage.go(3'999);
  CHECK(viewer.take().empty());
  stage.go(4'000);
  CHECK(viewer.take() == Lines{R"(update 1 #7: a:e !7.0 {"n":7})"});
}

TEST_CASE("something critical reaches those too who came between two beats of a slow pace") {
  Stage stage;
  Stage::Viewer& first = stage.subscribed(query({"*"}), seconds{10});
  stage.set("k", 1);
  Stage::Viewer& second = stage.subscribed(query({"*"}), seconds{10});  // its audience is elsewhere
  Stage::Viewer& third = stage.subscribed(query({"a:*"}), seconds{10});  // it has one of its own
  stage.set("k", 2);
  stage.world.set("a:sos", "k", "{}");
  stage.batch();
  CHECK(first.take() == Lines{R"(update 1 #3: a:sos k={}, a:x k={"v":2})"});
  CHECK(second.take() == Lines{R"(update 1 #3: a:sos k={}, a:x k+"v":2)"});
  CHECK(third.take() == Lines{R"(update 1 #3: a:sos k={}, a:x k+"v":2)"});
  stage.set("k", 3);
  stage.go(10'000);
  for (Stage::Viewer* viewer : {&first, &second, &third}) CHECK(viewer->take() == Lines{R"(update 1 #4: a:x k+"v":3)"});
}

TEST_CASE("an update too large for one frame goes in parts: one byte below the bound, at it and one above") {
  // `a:x k={"v":"…"}` is 14 bytes and the text, twice, and a comma and a space between.
  constexpr std::size_t kUpdate = 14 + 40 + 2 + 14 + 40;
  for (const std::size_t frame_bytes : {kUpdate + 1, kUpdate, kUpdate - 1}) {
    CAPTURE(frame_bytes);
    FanoutOptions options;
    options.frame_bytes = frame_bytes;
    options.part_bytes = 10;
    Stage stage(options);
    Stage::Viewer &one = stage.subscribed(), &two = stage.subscribed();
    stage.go(150);
    const std::string record = R"({"v":")" + std::string(40, 'x') + R"("})";
    stage.world.set("a:x", "k", record);
    stage.world.set("a:x", "l", record);
    stage.batch();
    const Lines whole{"update 1 #1: a:x k=" + record + ", a:x l=" + record};
    const Lines parts{"update 1 #1: a:x k=" + record + " +more", "update 1 #1: a:x l=" + record};
    for (Stage::Viewer* viewer : {&one, &two}) CHECK(viewer->take() == (frame_bytes >= kUpdate ? whole : parts));
    // And on as before, together again after the beat.
    stage.go(200);
    stage.set("k", 1);
    stage.go(300);
    CHECK(one.link.frames.size() == 1);
    CHECK(one.link.frames == two.link.frames);
    CHECK(one.take() == Lines{R"(update 1 #2: a:x k+"v":1)"});
  }
}

TEST_CASE("an oversized update at the beat goes in parts as well, to whom it touches") {
  FanoutOptions options;
  options.frame_bytes = 50;
  options.part_bytes = 10;
  Stage stage(options);
  Stage::Viewer& all = stage.subscribed();
  Stage::Viewer& some = stage.subscribed(query({"a:y"}));
  for (int i = 1; i <= 5; ++i) stage.set("k" + std::to_string(i), 1);
  stage.world.set("a:y", "k1", "{}");
  stage.batch();
  stage.go(100);
  CHECK(all.take() == Lines{R"(update 1 #6: a:x k1={"v":1} +more)", R"(update 1 #6: a:y k1={}, a:x k2={"v":1} +more)",
                             R"(update 1 #6: a:x k3={"v":1} +more)", R"(update 1 #6: a:x k4={"v":1} +more)", R"(update 1 #6: a:x k5={"v":1})"});
  CHECK(some.take() == Lines{"update 1 #6: a:y k1={}"});
}

TEST_CASE("events that wait for a beat are held up to a bound, then the log tells of them: one byte below, at and above") {
  std::size_t held = 0;
  const auto told = [&held](FanoutOptions options) {
    Stage stage(options);
    Stage::Viewer& viewer = stage.subscribed(query({"*"}), milliseconds{1'000});
    stage.go(2'150);  // quiet
    stage.say("a:e", 1);
    CHECK(viewer.take() == Lines{R"(update 1 #1: a:e !1.0 {"n":1})"});
    for (int n = 2; n <= 3; ++n) stage.say("a:e", n);
    held = 0;
    stage.fanout.log().for_each_after(0, [&held](const log::Batch& batch) {
      for (const state::EventPtr& event : batch.events) held += event->bytes();
    });
    CHECK(viewer.take().empty());
    stage.go(3'000);
    const Lines lines = viewer.take();
    stage.say("a:alarm", 4);  // and on
    CHECK(viewer.take().size() == 1);
    return lines;
  };
  const Lines whole{R"(update 1 #3: a:e !2.0 {"n":2}, a:e !3.0 {"n":3})"};
  CHECK(told({}) == whole);
  const std::size_t bound = held;
  for (const std::size_t log_bytes : {bound + 1, bound, bound - 1}) {
    CAPTURE(log_bytes);
    FanoutOptions options;
    options.log_bytes = log_bytes;
    options.missed_event_bytes_max = 1;  // what the log tells of them shows that it was the log
    CHECK(told(options) == (log_bytes >= bound ? whole : Lines{"update 1 #3: a:e gap (1,4)"}));
  }
}

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

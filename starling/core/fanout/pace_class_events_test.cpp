// What need not wait for a beat, and what waits for it at most so long: events, and what is critical.
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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

}  // namespace
}  // namespace starling::fanout

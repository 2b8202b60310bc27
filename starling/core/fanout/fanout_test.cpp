#include "starling/core/fanout/fanout.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a subscription is answered, then shown what is, then told what changes") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.viewer();
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #1 new", R"(snapshot 1 #1: a:x k={"v":1})"});
  stage.set("k", 2);
  stage.go(100);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:x k+"v":2)"});
}

TEST_CASE("without a snapshot it begins with what comes") {
  Stage stage;
  stage.say("a:now", 1);
  Stage::Viewer& viewer = stage.viewer(query({"a:now"}));
  viewer.subscription.wants_snapshot = false;
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #1 new"});
  stage.say("a:now", 2);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:now !2.0 {"n":2})"});
}

TEST_CASE("resumed: exactly one update with all that differs, an empty one if nothing does") {
  for (const Seq since : {Seq{0}, Seq{1}, Seq{2}, Seq{3}}) {
    CAPTURE(since);
    Stage stage;
    stage.set("k", 1);
    stage.set("k", 2);
    stage.say("a:e", 3);
    Stage::Viewer& viewer = stage.viewer(query({"*"}), std::chrono::seconds{10});
    stage.fanout.resume(viewer.subscription, since, stage.now);
    const std::string told[] = {R"( a:x k={"v":2}, a:e !3.0 {"n":3})", R"( a:x k+"v":2, a:e !3.0 {"n":3})", R"( a:e !3.0 {"n":3})", ""};
    CHECK(viewer.take() == Lines{"subscribed 1 #3 resumed", "update 1 #3:" + told[since]});
    stage.go(10'000);
    CHECK(viewer.take().empty());
  }
}

TEST_CASE("resumed on a full socket: the one update comes when it drains, also if it is empty") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.link.room = 1;
  stage.fanout.resume(viewer.subscription, 1, stage.now);
  stage.go(500);
  CHECK(viewer.take() == Lines{"subscribed 1 #1 resumed"});
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{"update 1 #1:"});
}

TEST_CASE("who missed more than a fold may hold is not told that it resumes: one below, at and one above") {
  FanoutOptions options;
  options.fold_changes_max = 2;
  Stage stage(options);
  stage.say("a:e", 1);
  for (int i = 0; i < 3; ++i) stage.set(std::to_string(i), 1);
  Stage::Viewer &over = stage.viewer(), &at = stage.viewer(), &below = stage.viewer();
  stage.fanout.resume(over.subscription, 0, stage.now);
  CHECK(over.take() == Lines{"subscribed 1 #4 expired a:e gap (0,5)", R"(snapshot 1 #4: a:x 0={"v":1}, a:x 1={"v":1}, a:x 2={"v":1})"});
  stage.fanout.resume(at.subscription, 2, stage.now);
  CHECK(at.take() == Lines{"subscribed 1 #4 resumed", R"(update 1 #4: a:x 1={"v":1}, a:x 2={"v":1})"});
  stage.fanout.resume(below.subscription, 3, stage.now);
  CHECK(below.take() == Lines{"subscribed 1 #4 resumed", R"(update 1 #4: a:x 2={"v":1})"});
}

TEST_CASE("not resumed because it expired: gaps only for channels it shows that lost something") {
  Stage stage;
  stage.say("a:now", 1);
  stage.set("k", 1);
  stage.say("a:e", 3);
  stage.say("a:alarm", 4);
  Stage::Viewer& viewer = stage.viewer(query({"a:x", "a:e", "a:now"}));
  stage.fanout.subscribe(viewer.subscription, SubscribedReason::expired, Seq{1}, stage.now);
  CHECK(viewer.take() == Lines{"subscribed 1 #4 expired a:e gap (1,5)", R"(snapshot 1 #4: a:x k={"v":1})"});
  // Another life, another query: its seq says nothing here.
  for (const SubscribedReason reason : {SubscribedReason::epoch, SubscribedReason::query}) {
    Stage::Viewer& other = stage.viewer();
    stage.fanout.subscribe(other.subscription, reason, Seq{1}, stage.now);
    CHECK(other.take().front().find("gap") == std::string::npos);
  }
}

TEST_CASE("paused: a snapshot, and then nothing, critical included; going on tells what it missed") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.viewer(query({"*"}), kPaused);
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #1 new", R"(snapshot 1 #1: a:x k={"v":1})"});
  stage.set("k", 2);
  stage.say("a:alarm", 3);
  stage.go(60'000);
  stage.drain(viewer);
  CHECK(viewer.take().empty());
  CHECK(stage.fanout.position(viewer.subscription) == std::nullopt);
  CHECK_FALSE(stage.fanout.next_due().has_value());
  stage.fanout.replace(viewer.subscription, viewer.subscription.view, milliseconds{100}, stage.now);
  CHECK(viewer.take() == Lines{"subscribed 1 #3 replaced", R"(update 1 #3: a:x k+"v":2, a:alarm !3.0 {"n":3})"});
  stage.go(60'150);
  stage.set("k", 3);
  CHECK(viewer.take().size() == 1);
  stage.fanout.replace(viewer.subscription, viewer.subscription.view, kPaused, stage.now);
  CHECK(viewer.take() == Lines{"subscribed 1 #4 replaced", "update 1 #4:"});
  stage.set("k", 4);
  stage.go(61'000);
  CHECK(viewer.take().empty());
}

TEST_CASE("the snapshot again, from now: first what was pending, events too") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.set("k", 1);
  stage.say("a:e", 2);
  stage.fanout.restart(viewer.subscription, stage.now);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:x k={"v":1}, a:e !2.0 {"n":2})", R"(snapshot 1 #2: a:x k={"v":1})"});
  stage.fanout.restart(viewer.subscription, stage.now);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #2: a:x k={"v":1})"});
  stage.go(500);
  CHECK(viewer.take().empty());
  stage.set("k", 2);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k+"v":2)"});
}

TEST_CASE("the snapshot again while an earlier one is being sent: that one is finished, what changed follows, then the present one") {
  Stage stage{{.part_bytes = 1}};
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.begun();
  (void)viewer.take();
  stage.set("k", 2);
  stage.fanout.restart(viewer.subscription, stage.now);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #2: a:x l={"v":1})", R"(update 1 #3: a:x k+"v":2)", R"(snapshot 1 #3: a:x k={"v":2} +more)",
                               R"(snapshot 1 #3: a:x l={"v":1})"});
}

TEST_CASE("the snapshot again while recent events are being sent: they are finished, and then it comes") {
  for (const bool wants_snapshot : {false, true}) {
    CAPTURE(wants_snapshot);
    Stage stage{{.part_bytes = 1}};
    stage.say("a:e", 1);
    stage.say("a:e", 2);
    Stage::Viewer& viewer = stage.viewer(query({"a:e"}));
    viewer.subscription.wants_snapshot = wants_snapshot;
    viewer.subscription.recent = 2;
    viewer.link.room = wants_snapshot ? 2 : 1;
    stage.subscribe(viewer);
    (void)viewer.take();
    viewer.subscription.wants_snapshot = true;  // as a session says it
    stage.fanout.restart(viewer.subscription, stage.now);
    stage.drain(viewer);
    CHECK(viewer.take() == Lines{R"(update 1 #2: a:e !1.0 {"n":1} +more)", R"(update 1 #2: a:e !2.0 {"n":2})", "snapshot 1 #2:"});
  }
}

TEST_CASE("recent events come after the snapshot, of its seq, and not on a resume, a replacement or a snapshot asked for again") {
  Stage stage;
  for (int n = 1; n <= 3; ++n) stage.say("a:e", n);
  stage.say("a:now", 4);
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.subscription.recent = 2;
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #5 new", R"(snapshot 1 #5: a:x k={"v":1})", R"(update 1 #5: a:e !2.0 {"n":2}, a:e !3.0 {"n":3}, a:now !4.0 {"n":4})"});
  stage.replace(viewer, query({"a:*"}));
  CHECK(viewer.take() == Lines{"subscribed 1 #5 replaced", "update 1 #5:"});
  stage.fanout.restart(viewer.subscription, stage.now);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #5: a:x k={"v":1})"});
  Stage::Viewer& events = stage.viewer(query({"a:e"}));
  events.subscription.wants_snapshot = false;
  events.subscription.recent = 1;
  stage.subscribe(events);
  CHECK(events.take() == Lines{"subscribed 1 #5 new", R"(update 1 #5: a:e !3.0 {"n":3})"});
  Stage::Viewer& none = stage.viewer(query({"a:alarm"}));
  none.subscription.recent = 5;
  stage.subscribe(none);
  CHECK(none.take() == Lines{"subscribed 1 #5 new", "snapshot 1 #5:"});
}

TEST_CASE("who begins anew is sent recent events, though a snapshot was asked for again before") {
  Stage stage{{.part_bytes = 1}};
  stage.say("a:e", 1);
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.subscription.recent = 1;
  viewer.link.room = 2;
  stage.subscribe(viewer);
  (void)viewer.take();
  stage.set("l", 2);
  stage.fanout.restart(viewer.subscription, stage.now);
  stage.go(30'000);
  stage.fanout.tend_jobs(stage.now);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #4 expired", R"(snapshot 1 #4: a:x k={"v":1} +more)", R"(snapshot 1 #4: a:x l={"v":2})", R"(update 1 #4: a:e !1.0 {"n":1})"});
}

TEST_CASE("a viewer of a small part catches up over a fold of its own, however much else changed") {
  FanoutOptions options;
  options.fold_changes_max = 3;
  Stage stage(options);
  Stage::Viewer& slow = stage.stuck(query({"*"}, in_box(10, 0, 10, 0)));
  for (int i = 0; i < 20; ++i) stage.set(std::to_string(i), 1, geo::Point{i < 3 ? 5.0 : 50.0, 5});
  stage.set("0", 2, geo::Point{50, 5});
  stage.go(300);
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #21: a:x 1={"v":1}, a:x 2={"v":1})"});
}

TEST_CASE("unsubscribed in the middle of anything: nothing more") {
  Stage stage{{.part_bytes = 1}};
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.begun();
  (void)viewer.take();
  stage.fanout.unsubscribe(viewer.subscription);
  viewer.link.room = TestLink::kEndless;
  stage.set("k", 2);
  stage.go(1'000);
  CHECK(viewer.take().empty());
}

}  // namespace
}  // namespace starling::fanout

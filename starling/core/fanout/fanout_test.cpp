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

TEST_CASE("replaced: what is in both is not sent again, what left is removed, what came in is set") {
  Stage stage;
  stage.set("west", 1, geo::Point{5, 5});
  stage.set("middle", 1, geo::Point{5, 15});
  stage.set("east", 1, geo::Point{5, 25});
  stage.set("nowhere", 1);
  Stage::Viewer& viewer = stage.viewer(query({"a:*"}, in_box(10, 0, 20, 0)));
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #4 new", R"(snapshot 1 #4: a:x west={"v":1}, a:x middle={"v":1})"});
  stage.replace(viewer, query({"a:*"}, in_box(10, 0, 30, 10)));
  CHECK(viewer.take() == Lines{"subscribed 1 #4 replaced", R"(update 1 #4: a:x west-filtered, a:x east={"v":1})"});
  stage.set("west", 2, geo::Point{5, 5});
  stage.set("east", 2, geo::Point{5, 25});
  stage.go(100);
  CHECK(viewer.take() == Lines{R"(update 1 #6: a:x east+"v":2)"});
}

TEST_CASE("replaced by the same query: exactly one update, empty") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.subscribed();
  stage.replace(viewer, query({"*"}));
  CHECK(viewer.take() == Lines{"subscribed 1 #1 replaced", "update 1 #1:"});
}

TEST_CASE("replaced with changes pending: they are in the one update, as the new query shows them") {
  Stage stage;
  stage.set("in", 1, geo::Point{5, 5});
  stage.set("follows", 1, geo::Point{5, 5});
  stage.set("deleted", 1, geo::Point{5, 5});
  Stage::Viewer& viewer = stage.subscribed(query({"a:*"}, in_box(10, 0, 10, 0)), std::chrono::seconds{10});
  stage.set("in", 2, geo::Point{5, 5});
  stage.set("follows", 2, geo::Point{5, 105});
  stage.world.remove("a:x", "deleted");
  stage.batch();
  stage.set("came", 1, geo::Point{5, 105});
  stage.say("a:e", 8);
  CHECK(viewer.take().empty());
  stage.replace(viewer, query({"a:*"}, in_box(10, 0, 110, 100)));
  CHECK(viewer.take() == Lines{"subscribed 1 #8 replaced",
                               R"(update 1 #8: a:x in-filtered, a:x follows+"v":2, a:x deleted-deleted, a:x came={"v":1})"});
  stage.go(10'000);
  CHECK(viewer.take().empty());
}

TEST_CASE("replaced after it was led: what it was told is not told again") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(150);
  stage.set("k", 1);
  CHECK(viewer.take().size() == 1);
  stage.replace(viewer, query({"a:*"}));
  CHECK(viewer.take() == Lines{"subscribed 1 #1 replaced", "update 1 #1:"});
}

TEST_CASE("replaced while it is not whole: the snapshot starts again, of the new query") {
  FanoutOptions options;
  options.part_bytes = 1;
  Stage stage(options);
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.link.room = 2;
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #2 new", R"(snapshot 1 #2: a:x k={"v":1} +more)"});
  stage.set("m", 1);
  stage.replace(viewer, query({"a:*"}, {std::vector<std::string>{"m"}, std::nullopt, false}));
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #3 new", R"(snapshot 1 #3: a:x m={"v":1})"});
}

TEST_CASE("replaced while its socket is full: from what it holds to what it wants now, when it drains") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(150);
  viewer.link.room = 0;
  stage.set("k", 2);
  stage.set("l", 1);
  stage.replace(viewer, query({"a:*"}, {std::vector<std::string>{"l"}, std::nullopt, false}));
  stage.replace(viewer, query({"a:*"}, {std::vector<std::string>{"k"}, std::nullopt, false}));
  CHECK(viewer.take() == Lines{"subscribed 1 #3 replaced", "subscribed 1 #3 replaced"});
  stage.go(500);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k+"v":2)"});
}

TEST_CASE("more that differs than a fold may hold: replacing begins again; one below, at and one above") {
  for (const int differ : {1, 2, 3}) {
    CAPTURE(differ);
    FanoutOptions options;
    options.fold_changes_max = 2;
    Stage stage(options);
    for (int i = 0; i < differ; ++i) stage.world.set("a:x", std::to_string(i), "{}");
    stage.batch();
    Stage::Viewer& viewer = stage.subscribed(query({"b:*"}));
    stage.replace(viewer, query({"a:*"}));
    const Lines lines = viewer.take();
    REQUIRE(lines.size() == 2);
    CHECK(lines[0] == (differ <= 2 ? "subscribed 1 #1 replaced" : "subscribed 1 #1 expired"));
    CHECK(lines[1].starts_with(differ <= 2 ? "update 1 #1: a:x 0={}" : "snapshot 1 #1: a:x 0={}, a:x 1={}, a:x 2={}"));
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
  FanoutOptions options;
  options.part_bytes = 1;
  Stage stage(options);
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.link.room = 2;
  stage.subscribe(viewer);
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
    FanoutOptions options;
    options.part_bytes = 1;
    Stage stage(options);
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

TEST_CASE("a job that sends nothing for long is given up, and begins anew when its viewer reads: one below, at and one above the bound") {
  for (const std::int64_t looked_at_ms : {30'000, 30'001}) {
    CAPTURE(looked_at_ms);
    FanoutOptions options;
    options.part_bytes = 1;
    Stage stage(options);
    stage.set("k", 1);
    stage.set("l", 1);
    Stage::Viewer& viewer = stage.viewer();
    viewer.link.room = 2;
    stage.subscribe(viewer);
    (void)viewer.take();
    stage.go(29'999);
    stage.fanout.tend_jobs(stage.now);
    CHECK(viewer.subscription.job != nullptr);
    CHECK(stage.fanout.cuts() == 1);
    stage.set("k", 2);
    stage.go(looked_at_ms);
    stage.fanout.tend_jobs(stage.now);
    CHECK(viewer.subscription.job == nullptr);
    CHECK(stage.fanout.cuts() == 0);
    stage.fanout.restart(viewer.subscription, stage.now);  // it will get one anyway
    CHECK(viewer.take().empty());
    stage.drain(viewer);
    CHECK(viewer.take() == Lines{"subscribed 1 #3 expired", R"(snapshot 1 #3: a:x k={"v":2} +more)", R"(snapshot 1 #3: a:x l={"v":1})"});
  }
}

TEST_CASE("a job that goes on slowly is not given up") {
  FanoutOptions options;
  options.part_bytes = 1;
  Stage stage(options);
  for (int i = 0; i < 5; ++i) stage.set(std::to_string(i), 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.link.room = 1;
  stage.subscribe(viewer);
  for (int i = 1; i <= 5; ++i) {
    stage.go(i * 29'000);
    stage.fanout.tend_jobs(stage.now);
    stage.drain(viewer, 1);
  }
  const Lines lines = viewer.take();
  REQUIRE(lines.size() == 6);
  CHECK(lines[5] == R"(snapshot 1 #5: a:x 4={"v":1})");
}

TEST_CASE("a snapshot that the log has passed goes on from its cut to a later one, events between them told as a gap") {
  FanoutOptions options;
  options.part_bytes = 1;
  options.log_bytes = 1;  // the newest batch only
  Stage stage(options);
  stage.set("k", 1);
  stage.set("l", 1);
  stage.set("m", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.link.room = 2;
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #3 new", R"(snapshot 1 #3: a:x k={"v":1} +more)"});
  stage.set("k", 2);
  stage.say("a:e", 1);
  stage.world.remove("a:x", "l");
  stage.batch();
  stage.set("n", 1);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #3: a:x l={"v":1} +more)", R"(snapshot 1 #3: a:x m={"v":1})", R"(update 1 #7: a:x k+"v":2 +more)",
                               "update 1 #7: a:x l-deleted +more", R"(update 1 #7: a:x n={"v":1}, a:e gap (3,8))"});
  CHECK(stage.fanout.counters().cut_differences == 1);
  CHECK(stage.fanout.cuts() == 0);
  stage.go(150);
  stage.set("m", 2);
  stage.go(200);
  CHECK(viewer.take() == Lines{R"(update 1 #8: a:x m+"v":2)"});
}

TEST_CASE("where as many cuts live as may, a newcomer joins the newest, and one who needs a newer waits for it") {
  FanoutOptions options;
  options.part_bytes = 1;
  options.log_bytes = 1;
  options.cuts_max = 2;
  Stage stage(options);
  std::vector<Stage::Viewer*> viewers;
  stage.set("k", 1);
  for (int i = 2; i <= 5; ++i) {
    stage.set("l", i);
    viewers.push_back(&stage.viewer());
    viewers.back()->link.room = 2;
    stage.subscribe(*viewers.back());
    CHECK(stage.fanout.cuts() == std::min(i - 1, 2));
  }
  CHECK(viewers[1]->take() == Lines{"subscribed 1 #3 new", R"(snapshot 1 #3: a:x k={"v":1} +more)"});
  CHECK(viewers[3]->take() == Lines{"subscribed 1 #5 new", R"(snapshot 1 #3: a:x k={"v":1} +more)"});  // `subscribed` says where the log is

  // The log has passed the newest cut: who is through with it needs a newer one, and the first viewer holds the other cut.
  stage.drain(*viewers[3]);
  CHECK(viewers[3]->take() == Lines{R"(snapshot 1 #3: a:x l={"v":3})"});
  stage.fanout.tend_jobs(stage.now);
  CHECK(viewers[3]->take().empty());
  CHECK(stage.fanout.position(viewers[3]->subscription) == std::nullopt);
  stage.fanout.unsubscribe(viewers[0]->subscription);
  stage.fanout.tend_jobs(stage.now);
  CHECK(viewers[3]->take() == Lines{R"(update 1 #5: a:x l+"v":5)"});
  for (const std::size_t i : {std::size_t{1}, std::size_t{2}}) stage.drain(*viewers[i]);
  CHECK(viewers[1]->take() == Lines{R"(snapshot 1 #3: a:x l={"v":3})", R"(update 1 #5: a:x l+"v":5)"});
  CHECK(stage.fanout.cuts() == 0);
}

TEST_CASE("nobody is taken back: who has been told of later things than the newest cut waits for a later one") {
  FanoutOptions options;
  options.part_bytes = 1;
  options.cuts_max = 2;
  Stage stage(options);
  stage.set("k", 1);
  Stage::Viewer& current = stage.subscribed();
  std::vector<Stage::Viewer*> slow;
  for (int i = 2; i <= 3; ++i) {
    stage.set("l", i);
    slow.push_back(&stage.viewer());
    slow.back()->link.room = 2;
    stage.subscribe(*slow.back());
  }
  stage.go(150);
  stage.set("l", 4);
  stage.go(250);
  (void)current.take();
  stage.fanout.restart(current.subscription, stage.now);
  stage.fanout.restart(current.subscription, stage.now);  // it will get one
  stage.fanout.tend_jobs(stage.now);
  CHECK(current.take().empty());
  CHECK(stage.fanout.cuts() == 2);
  stage.replace(current, query({"*"}));  // and another query begins anew
  CHECK(current.take() == Lines{"subscribed 1 #4 new"});

  SUBCASE("until one may be taken") {
    stage.set("l", 5);
    stage.drain(*slow[0]);
    CHECK(current.take().empty());
    stage.fanout.tend_jobs(stage.now);
    CHECK(current.take() == Lines{R"(snapshot 1 #5: a:x k={"v":1} +more)", R"(snapshot 1 #5: a:x l={"v":5})"});
    CHECK(stage.fanout.counters().snapshots == 4);
  }
  SUBCASE("who comes with a seq that the log has left waits too") {
    Stage::Viewer& late = stage.viewer();
    stage.fanout.subscribe(late.subscription, SubscribedReason::expired, 4, stage.now);
    CHECK(late.take() == Lines{"subscribed 1 #4 expired"});
    Stage::Viewer& later = stage.viewer();
    stage.fanout.subscribe(later.subscription, SubscribedReason::expired, 3, stage.now);
    CHECK(later.take() == Lines{"subscribed 1 #4 expired", R"(snapshot 1 #3: a:x k={"v":1} +more)", R"(snapshot 1 #3: a:x l={"v":3})"});
  }
  SUBCASE("or left") {
    stage.fanout.unsubscribe(current.subscription);
    stage.fanout.unsubscribe(slow[0]->subscription);
    stage.fanout.tend_jobs(stage.now);
    CHECK(current.take().empty());
  }
}

TEST_CASE("a cut that others wait for is given back, however steadily it is read: one below, at and one above the bound") {
  FanoutOptions options;
  options.part_bytes = 1;
  options.cuts_max = 2;
  Stage stage(options);
  for (int i = 0; i < 5; ++i) stage.set(std::to_string(i), 1);
  Stage::Viewer& current = stage.subscribed();
  std::vector<Stage::Viewer*> slow;
  for (int i = 0; i < 2; ++i) {
    stage.set("4", i + 2);
    slow.push_back(&stage.viewer());
    slow.back()->link.room = 2;
    stage.subscribe(*slow.back());
  }
  stage.go(150);
  stage.set("4", 5);
  stage.go(20'000);
  (void)current.take();
  for (Stage::Viewer* each : slow) stage.drain(*each, 1);
  bool is_wanted = true;
  std::int64_t looked_at_ms = 30'000;
  SUBCASE("nobody waits") { is_wanted = false; }
  SUBCASE("one waits") { stage.fanout.restart(current.subscription, stage.now); }
  SUBCASE("one waits, and is looked after later") {
    stage.fanout.restart(current.subscription, stage.now);
    looked_at_ms = 30'001;
  }
  stage.go(29'999);
  stage.fanout.tend_jobs(stage.now);
  CHECK(current.take().empty());
  CHECK(slow[0]->subscription.job != nullptr);
  stage.go(looked_at_ms);
  stage.fanout.tend_jobs(stage.now);
  CHECK((slow[0]->subscription.job == nullptr) == is_wanted);
  CHECK(current.take().size() == (is_wanted ? 5 : 0));
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

TEST_CASE("a viewer of a small part catches up over a fold of its own, however much else changed") {
  FanoutOptions options;
  options.fold_changes_max = 3;
  Stage stage(options);
  Stage::Viewer& slow = stage.subscribed(query({"*"}, in_box(10, 0, 10, 0)));
  stage.go(150);
  slow.link.room = 0;
  for (int i = 0; i < 20; ++i) stage.set(std::to_string(i), 1, geo::Point{i < 3 ? 5.0 : 50.0, 5});
  stage.set("0", 2, geo::Point{50, 5});
  stage.go(300);
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #21: a:x 1={"v":1}, a:x 2={"v":1})"});
}

TEST_CASE("unsubscribed in the middle of anything: nothing more") {
  FanoutOptions options;
  options.part_bytes = 1;
  Stage stage(options);
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.viewer();
  viewer.link.room = 2;
  stage.subscribe(viewer);
  (void)viewer.take();
  stage.fanout.unsubscribe(viewer.subscription);
  viewer.link.room = TestLink::kEndless;
  stage.set("k", 2);
  stage.go(1'000);
  CHECK(viewer.take().empty());
}

}  // namespace
}  // namespace starling::fanout

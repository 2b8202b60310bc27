// Slow viewers: what a full socket gets, when it drains, and that it is never wrong.
#include <doctest/doctest.h>

#include <algorithm>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a full socket gets nothing; drained before the beat it catches up at once, exactly") {
  Stage stage;
  Stage::Viewer &slow = stage.subscribed(), &quick = stage.subscribed();
  stage.go(150);
  slow.link.room = 0;
  stage.set("k", 1);
  stage.set("l", 1);
  CHECK(slow.take().empty());
  CHECK(quick.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  CHECK(stage.fanout.position(slow.subscription) == std::nullopt);
  stage.go(170);
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #2: a:x k={"v":1}, a:x l={"v":1})"});
  stage.go(200);
  CHECK(slow.take().empty());
  CHECK(quick.take() == Lines{R"(update 1 #2: a:x l={"v":1})"});
  // Both are one audience again.
  stage.set("k", 2);
  stage.go(300);
  CHECK(slow.link.frames == quick.link.frames);
  CHECK(slow.take() == Lines{R"(update 1 #3: a:x k+"v":2)"});
}

TEST_CASE("drained after beats it catches up at once, with what it missed folded") {
  Stage stage;
  Stage::Viewer& slow = stage.subscribed();
  stage.set("k", 1);
  stage.set("gone", 1);
  stage.go(150);
  (void)slow.take();
  slow.link.room = 0;
  for (int i = 2; i < 20; ++i) {
    stage.set("k", i);
    stage.go(150 + i * 100);
  }
  stage.set("brief", 1);
  stage.world.remove("a:x", "brief");
  stage.world.remove("a:x", "gone");
  stage.batch();
  stage.go(3'333);
  CHECK(slow.take().empty());
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #22: a:x k+"v":19, a:x gone-deleted)"});
  stage.drain(slow);
  stage.go(4'000);
  CHECK(slow.take().empty());
}

TEST_CASE("what came and went while it was stuck is nothing, and it goes on") {
  Stage stage;
  Stage::Viewer& slow = stage.stuck();
  stage.set("k", 1);
  stage.world.remove("a:x", "k");
  stage.batch();
  stage.go(500);
  stage.drain(slow);
  CHECK(slow.take().empty());
  stage.go(650);
  stage.set("k", 2);
  CHECK(slow.take().size() == 1);
}

TEST_CASE("events that were missed come whole, in order") {
  Stage stage;
  Stage::Viewer& slow = stage.stuck();
  for (int n = 1; n <= 3; ++n) stage.say("a:e", n), stage.go(150 + n * 100);
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #3: a:e !1.0 {"n":1}, a:e !2.0 {"n":2}, a:e !3.0 {"n":3})"});
}

TEST_CASE("a catch-up goes in parts as the socket takes them, of one seq, and what happens meanwhile follows") {
  Stage stage{{.part_bytes = 1}};
  Stage::Viewer& slow = stage.stuck();
  stage.set("k", 1);
  stage.set("l", 1);
  stage.set("m", 1);
  stage.go(300);
  stage.drain(slow, 1);
  CHECK(slow.take() == Lines{R"(update 1 #3: a:x k={"v":1} +more)"});
  stage.set("k", 2);
  stage.go(500);
  CHECK(slow.take().empty());
  stage.drain(slow, 1);
  CHECK(slow.take() == Lines{R"(update 1 #3: a:x l={"v":1} +more)"});
  CHECK(stage.fanout.position(slow.subscription) == std::nullopt);
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #3: a:x m={"v":1})"});
  stage.go(600);
  CHECK(slow.take() == Lines{R"(update 1 #4: a:x k+"v":2)"});
}

TEST_CASE("a socket that is full at the beat loses nothing of what it was led by") {
  Stage stage;
  Stage::Viewer& viewer = stage.subscribed();
  stage.go(150);
  viewer.link.room = 1;
  stage.set("k", 1);
  CHECK(viewer.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  stage.set("l", 1);
  stage.go(250);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(update 1 #2: a:x l={"v":1})"});
}

TEST_CASE("of an audience, only those whose sockets are full lag") {
  Stage stage;
  std::vector<Stage::Viewer*> viewers;
  for (int i = 0; i < 10; ++i) viewers.push_back(&stage.subscribed());
  stage.go(150);
  for (std::size_t i = 0; i < 10; i += 3) viewers[i]->link.room = 0;
  stage.set("k", 1);
  for (std::size_t i = 0; i < 10; ++i) CHECK(viewers[i]->take().size() == (i % 3 == 0 ? 0 : 1));
  stage.go(250);
  for (std::size_t i = 0; i < 10; i += 3) stage.drain(*viewers[i]);
  for (std::size_t i = 0; i < 10; ++i) CHECK(viewers[i]->take().size() == (i % 3 == 0 ? 1 : 0));
}

TEST_CASE("one who leaves while lagging is forgotten") {
  Stage stage;
  Stage::Viewer &slow = stage.subscribed(), &other = stage.subscribed();
  stage.go(150);
  slow.link.room = other.link.room = 0;
  stage.set("k", 1);
  stage.fanout.unsubscribe(slow.subscription);
  stage.drain(other);
  slow.link.room = TestLink::kEndless;
  stage.go(500);
  CHECK(slow.take().empty());
  CHECK(other.take().size() == 1);
}

TEST_CASE("a cursor that left the log is told so and begins again, events included only as gaps where there were any") {
  for (const bool has_events : {false, true}) {
    CAPTURE(has_events);
    FanoutOptions options;
    options.log_bytes = 250;
    Stage stage(options);
    stage.say("a:now", 1);  // seen by the viewer below or before it: never a gap
    Stage::Viewer& slow = stage.subscribed();
    stage.set("goes", 1);
    stage.go(150);
    (void)slow.take();
    slow.link.room = 0;
    stage.world.remove("a:x", "goes");
    stage.batch();
    if (has_events) stage.say("a:e", 2);
    for (int i = 0; i < 5; ++i) stage.set("k", i);
    stage.go(300);
    CHECK(slow.take().empty());
    stage.drain(slow);
    if (has_events) {
      CHECK(slow.take() == Lines{"subscribed 1 #9 expired a:e gap (2,10)", R"(snapshot 1 #9: a:x k={"v":4})"});
    } else {
      CHECK(slow.take() == Lines{"subscribed 1 #8 expired", R"(snapshot 1 #8: a:x k={"v":4})"});
    }
    CHECK(stage.fanout.counters().expired == 1);
    stage.go(450);
    stage.say("a:now", 3);
    CHECK(slow.take().size() == 1);
  }
}

TEST_CASE("more changed entities than a fold may hold is an expiry too: one below, at and above") {
  for (const int changed : {4, 5, 6}) {
    CAPTURE(changed);
    FanoutOptions options;
    options.fold_changes_max = 5;
    Stage stage(options);
    Stage::Viewer& slow = stage.stuck();
    for (int i = 0; i < changed; ++i) {
      stage.set(std::to_string(i), 1);
      stage.go(200 + i * 100);
    }
    stage.drain(slow);
    const Lines lines = slow.take();
    CHECK(lines.front().starts_with(changed <= 5 ? "update 1" : "subscribed 1 #6 expired"));
    CHECK(lines.size() == (changed <= 5 ? 1 : 2));
  }
}

TEST_CASE("a beat over more than a catch-up may hold is told to those who keep up; who does not begins again") {
  FanoutOptions options;
  options.fold_changes_max = 3;
  Stage stage(options);
  Stage::Viewer &open = stage.subscribed(), &full = stage.subscribed();
  for (int i = 0; i < 4; ++i) stage.set(std::to_string(i), 1);
  full.link.room = 0;
  stage.go(100);
  CHECK(open.take() == Lines{R"(update 1 #4: a:x 0={"v":1}, a:x 1={"v":1}, a:x 2={"v":1}, a:x 3={"v":1})"});
  CHECK(full.take().empty());
  stage.drain(full);
  CHECK(full.take().front() == "subscribed 1 #4 expired");
  stage.go(200);
  stage.set("0", 2);
  stage.go(300);
  CHECK(open.take() == Lines{R"(update 1 #5: a:x 0+"v":2)"});
  CHECK(full.take() == Lines{R"(update 1 #5: a:x 0+"v":2)"});
}

TEST_CASE("a slow pace is told everything though the log does not reach back to the last beat") {
  FanoutOptions options;
  options.log_bytes = 1;
  options.frame_bytes = 20;
  options.part_bytes = 10;
  for (const bool is_large : {false, true}) {
    CAPTURE(is_large);
    Stage stage(options);
    Stage::Viewer& viewer = stage.subscribed(query({"*"}), std::chrono::milliseconds{1'000});
    stage.set("k", 1);
    if (is_large) stage.set("l", 1);
    stage.set("k", 2);
    stage.go(1'000);
    if (is_large) {
      CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k={"v":2} +more)", R"(update 1 #3: a:x l={"v":1})"});
    } else {
      CHECK(viewer.take() == Lines{R"(update 1 #2: a:x k={"v":2})"});
    }
  }
}

TEST_CASE("more missed events than allowed become a gap, the state is exact all the same") {
  FanoutOptions options;
  options.missed_event_bytes_max = 100;  // less than one as it is kept
  Stage stage(options);
  Stage::Viewer& slow = stage.stuck();
  stage.say("a:e", 1);
  stage.set("k", 1);
  stage.go(300);
  stage.drain(slow);
  CHECK(slow.take() == Lines{R"(update 1 #2: a:x k={"v":1}, a:e gap (0,3))"});
}

TEST_CASE("a catch-up over a fold of its own gives the same reasons as one over all that happened") {
  const view::Filter box = in_box(10, 0, 10, 0);
  for (const bool is_own : {false, true}) {
    CAPTURE(is_own);
    FanoutOptions options;
    options.fold_changes_max = is_own ? 3 : 100;
    Stage stage(options);
    stage.set("went", 1, geo::Point{1, 1});
    stage.set("back", 1, geo::Point{1, 1});
    stage.world.set("a:y", "back", R"({"w":1})");
    stage.batch();
    Stage::Viewer& slow = stage.stuck(query({"*"}, box));
    stage.set("went", 2, geo::Point{50, 50});
    for (int i = 0; i < 4; ++i) stage.set(std::to_string(i), 1, geo::Point{50, 50});  // much else
    stage.set("back", 2, geo::Point{50, 50});
    stage.world.remove("a:x", "went");
    stage.world.remove("a:y", "back", state::Cause::expired);
    stage.batch();
    stage.set("back", 3, geo::Point{2, 2});
    stage.go(250);
    stage.drain(slow);
    CHECK(slow.take() == Lines{R"(update 1 #11: a:x went-deleted, a:x back+"v":3, a:y back-expired)"});
  }
}

TEST_CASE("an update too large for one frame is no job for a full socket: however long it is full, it drains to one catch-up") {
  FanoutOptions options;
  options.frame_bytes = 20;
  Stage stage(options);
  Stage::Viewer &open = stage.subscribed(), &full = stage.subscribed();
  stage.set("k", 1);
  stage.set("l", 1);
  full.link.room = 0;
  stage.go(100);
  CHECK(open.take() == Lines{R"(update 1 #2: a:x k={"v":1}, a:x l={"v":1})"});
  stage.set("k", 2);
  stage.go(60'000);
  stage.fanout.tend_jobs(stage.now);
  stage.drain(full);
  CHECK(full.take() == Lines{R"(update 1 #3: a:x k={"v":2}, a:x l={"v":1})"});
}

TEST_CASE("the snapshot again comes on a slow line too, while the world goes on") {
  Stage stage;
  Stage::Viewer& slow = stage.subscribed();
  stage.set("k", 0);
  stage.go(150);
  (void)slow.take();
  slow.link.room = 0;
  stage.set("k", 1);
  stage.fanout.restart(slow.subscription, stage.now);
  Lines lines;
  for (int i = 2; i < 20; ++i) {  // a frame at a time, and something new before each
    stage.set("k", i);
    stage.go(150 + i * 100);
    stage.drain(slow, 1);
    for (std::string& line : slow.take()) lines.push_back(std::move(line));
  }
  const auto is_snapshot = [](const std::string& line) { return line.starts_with("snapshot"); };
  CHECK_MESSAGE(std::ranges::count_if(lines, is_snapshot) == 1, lines);
}

}  // namespace
}  // namespace starling::fanout

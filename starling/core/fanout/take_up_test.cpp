#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;

/// A fleet that was told of by one fan-out, and is by its successor: seqs 1 to 4, of which the log has the last two.
struct Successor {
  Successor() {
    for (const auto& say : {+[](log::TestWorld& w) { w.set("a:x", "k", R"({"v":1})"); }, +[](log::TestWorld& w) { w.say("a:e", "k", R"({"n":2})"); },
                            +[](log::TestWorld& w) { w.set("a:x", "l", R"({"v":3})"); }, +[](log::TestWorld& w) { w.set("a:x", "k", R"({"v":4})"); }}) {
      say(stage.world);
      batches.push_back(stage.world.close());
    }
    past.seq = 4;
    for (const state::Space& space : stage.world.state().spaces()) {
      space.for_each([&](const state::EntityPtr& entity) { past.entities.push_back(std::const_pointer_cast<state::Entity>(entity)); });
    }
    past.events = batches[1]->events;
  }
  void take_up(std::size_t log_batches) {
    past.batches.assign(batches.end() - static_cast<std::ptrdiff_t>(log_batches), batches.end());
    stage.fanout.take_up(past, stage.world.channels().all());
  }
  Lines resumed_after(Seq since) {
    Stage::Viewer& viewer = stage.viewer();
    if (stage.fanout.log().reaches(since)) {
      stage.fanout.resume(viewer.subscription, since, stage.now);
    } else {
      stage.fanout.subscribe(viewer.subscription, SubscribedReason::expired, since, stage.now);
    }
    return viewer.take();
  }

  Stage stage;
  std::vector<log::BatchPtr> batches;
  log::Past past;
};

TEST_CASE("who held what the log still has resumes after the start as before it, and is told what comes") {
  Successor later;
  later.take_up(2);
  CHECK(later.resumed_after(4) == Lines{"subscribed 1 #4 resumed", "update 1 #4:"});
  CHECK(later.resumed_after(3) == Lines{"subscribed 1 #4 resumed", R"(update 1 #4: a:x k+"v":4)"});
  CHECK(later.resumed_after(2) == Lines{"subscribed 1 #4 resumed", R"(update 1 #4: a:x l={"v":3}, a:x k+"v":4)"});
  Stage::Viewer& viewer = later.stage.subscribed();
  later.stage.set("k", 5);
  later.stage.go(100);
  CHECK(viewer.take() == Lines{R"(update 1 #5: a:x k+"v":5)"});
}

TEST_CASE("who held less begins anew, and is told that events may be lost, whether or not there were any since") {
  Successor later;
  later.take_up(2);
  const Lines told = later.resumed_after(1);
  REQUIRE(told.size() == 2);
  CHECK(told[0].find("expired") != std::string::npos);
  CHECK(told[0].find("a:e") != std::string::npos);
  CHECK(told[0].find("a:alarm") != std::string::npos);  // nobody knows of those any more
}

TEST_CASE("without a log only who holds everything resumes") {
  Successor later;
  later.take_up(0);
  CHECK(later.resumed_after(4)[0] == "subscribed 1 #4 resumed");
  CHECK(later.resumed_after(3)[0].find("expired") != std::string::npos);
}

TEST_CASE("recent events of before are told to who begins to look") {
  Successor later;
  later.take_up(1);
  Stage::Viewer& viewer = later.stage.viewer();
  viewer.subscription.recent = 5;
  later.stage.subscribe(viewer);
  const Lines told = viewer.take();
  CHECK(told.back() == R"(update 1 #4: a:e !2.0 {"n":2})");
}

}  // namespace
}  // namespace starling::fanout

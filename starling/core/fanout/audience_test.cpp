#include "starling/core/fanout/audience.hpp"

#include <doctest/doctest.h>

#include <set>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

TEST_CASE("a thousand viewers of the same see one frame, encoded once") {
  Stage stage;
  std::vector<Stage::Viewer*> viewers;
  for (int i = 0; i < 1000; ++i) viewers.push_back(&stage.subscribed(query({"a:*"})));
  stage.go(150);
  const Counters before = stage.fanout.counters();
  stage.set("k", 1);
  CHECK(stage.fanout.counters().updates_encoded == before.updates_encoded + 1);
  CHECK(stage.fanout.counters().updates_sent == before.updates_sent + 1000);
  std::set<const Frame*> frames;
  for (Stage::Viewer* viewer : viewers) {
    REQUIRE(viewer->link.frames.size() == 1);
    frames.insert(viewer->link.frames[0].get());
    CHECK(viewer->take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  }
  CHECK(frames.size() == 1);

  stage.set("k", 2);
  stage.go(200);
  CHECK(stage.fanout.counters().updates_encoded == before.updates_encoded + 2);
  CHECK(stage.fanout.counters().updates_sent == before.updates_sent + 2000);
}

TEST_CASE("queries that are the same however they are written share; another query, number or pace does not") {
  Stage stage;
  using std::chrono::milliseconds;
  Stage::Viewer& first = stage.subscribed(query({"a:x", "a:y"}));
  Stage::Viewer& turned_round = stage.subscribed(query({"a:y", "a:x", "a:y"}));
  Stage::Viewer& other_query = stage.subscribed(query({"a:x"}));
  Stage::Viewer& other_number = stage.subscribed(query({"a:x", "a:y"}), milliseconds{100}, 2);
  Stage::Viewer& other_pace = stage.subscribed(query({"a:x", "a:y"}), milliseconds{200});
  stage.go(250);
  stage.set("k", 1);
  CHECK(stage.fanout.counters().updates_encoded == 4);
  CHECK(first.link.frames[0] == turned_round.link.frames[0]);
  CHECK(first.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  CHECK(other_query.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  CHECK(other_number.take() == Lines{R"(update 2 #1: a:x k={"v":1})"});
  CHECK(other_pace.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
}

TEST_CASE("those whom a change does not touch cost nothing") {
  Stage stage;
  for (int i = 0; i < 50; ++i) {
    stage.subscribed(query({"a:x"}, {std::vector<std::string>{std::to_string(i)}, std::nullopt, false}));
  }
  stage.go(150);
  stage.set("7", 1);
  CHECK(stage.fanout.counters().updates_encoded == 1);
  CHECK(stage.fanout.counters().updates_sent == 1);
}

TEST_CASE("members come and go, and the others are told on") {
  Stage stage;
  Stage::Viewer &a = stage.subscribed(), &b = stage.subscribed(), &c = stage.subscribed();
  stage.go(150);
  stage.fanout.unsubscribe(a.subscription);
  stage.set("k", 1);
  CHECK(a.take().empty());
  CHECK(b.take().size() == 1);
  CHECK(c.take().size() == 1);
  stage.fanout.unsubscribe(c.subscription);
  stage.fanout.unsubscribe(b.subscription);  // the last one takes the audience with it
  stage.set("k", 2);
  stage.go(500);
  CHECK(b.take().empty());
  CHECK_FALSE(stage.fanout.next_due().has_value());  // nobody is there to beat for
  Stage::Viewer& d = stage.subscribed();
  stage.go(650);
  stage.set("k", 3);
  CHECK(d.take() == Lines{R"(update 1 #3: a:x k+"v":3)"});
}

TEST_CASE("who joins between two beats is told what followed, once") {
  Stage stage;
  Stage::Viewer& first = stage.subscribed();
  stage.go(110);
  stage.set("k", 1);  // at once: it was quiet
  stage.set("k", 2);  // waits for the beat
  CHECK(first.take() == Lines{R"(update 1 #1: a:x k={"v":1})"});
  Stage::Viewer& second = stage.viewer();
  stage.subscribe(second);
  CHECK(second.take() == Lines{"subscribed 1 #2 new", R"(snapshot 1 #2: a:x k={"v":2})"});
  stage.set("k", 3);
  stage.go(200);
  CHECK(first.take() == Lines{R"(update 1 #3: a:x k+"v":3)"});
  CHECK(second.take() == Lines{R"(update 1 #3: a:x k+"v":3)"});
  stage.set("k", 4);
  stage.go(300);
  CHECK(first.link.frames[0] == second.link.frames[0]);  // from here on they are one audience
}

TEST_CASE("who is brought on over what shows it nothing is not told how far it is: that is left to progress") {
  Stage stage({.part_bytes = 1});
  stage.set("k", 1);
  stage.set("l", 2);
  Stage::Viewer& viewer = stage.begun(query({"a:x"}));
  stage.world.set("b:x", "k", "{}");
  stage.batch();
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #2 new", R"(snapshot 1 #2: a:x k={"v":1} +more)", R"(snapshot 1 #2: a:x l={"v":2})"});
  stage.go(200);
  CHECK(viewer.take().empty());
  CHECK(viewer.subscription.told == 2);
  CHECK(stage.fanout.position(viewer.subscription) == 3);
}

}  // namespace
}  // namespace starling::fanout

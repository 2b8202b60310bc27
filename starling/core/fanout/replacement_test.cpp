#include "starling/core/fanout/replacement.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

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
  Stage stage{{.part_bytes = 1}};
  stage.set("k", 1);
  stage.set("l", 1);
  Stage::Viewer& viewer = stage.begun();
  CHECK(viewer.take() == Lines{"subscribed 1 #2 new", R"(snapshot 1 #2: a:x k={"v":1} +more)"});
  stage.set("m", 1);
  stage.replace(viewer, query({"a:*"}, {std::vector<std::string>{"m"}, std::nullopt, false}));
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #3 new", R"(snapshot 1 #3: a:x m={"v":1})"});
}

TEST_CASE("replaced while its socket is full: from what it holds to what it wants now, when it drains") {
  Stage stage;
  stage.set("k", 1);
  Stage::Viewer& viewer = stage.stuck();
  stage.set("k", 2);
  stage.set("l", 1);
  stage.replace(viewer, query({"a:*"}, {std::vector<std::string>{"l"}, std::nullopt, false}));
  stage.replace(viewer, query({"a:*"}, {std::vector<std::string>{"k"}, std::nullopt, false}));
  CHECK(viewer.take() == Lines{"subscribed 1 #3 replaced", "subscribed 1 #3 replaced"});
  stage.go(500);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(update 1 #3: a:x k+"v":2)"});
}

TEST_CASE("what both queries reach and only the new one shows is told once, and counts once against what a fold may hold") {
  FanoutOptions options;
  options.fold_changes_max = 1;
  Stage stage(options);
  stage.set("k", 1, geo::Point{5, 25});
  const std::vector<std::string> key{"k"};
  Stage::Viewer& viewer = stage.subscribed(query({"a:*"}, {key, geo::Box::from(10, 0, 20, 0), false}));
  stage.replace(viewer, query({"a:*"}, {key, geo::Box::from(10, 0, 30, 10), false}));
  CHECK(viewer.take() == Lines{"subscribed 1 #1 replaced", R"(update 1 #1: a:x k={"v":1})"});
  stage.replace(viewer, query({"a:*"}, {key, geo::Box::from(10, 0, 20, 0), false}));
  CHECK(viewer.take() == Lines{"subscribed 1 #1 replaced", "update 1 #1: a:x k-filtered"});
}

TEST_CASE("what both queries show, but not in the same way, is told once") {
  FanoutOptions options;
  options.fold_changes_max = 1;
  Stage stage(options);
  stage.set("nowhere", 1);
  view::Query narrow = query({"a:*"}, in_box(10, 0, 20, 0));
  narrow.filter.unlocated = true;
  view::Query other = narrow;
  other.fields = std::vector<std::string>{"w"};
  Stage::Viewer& viewer = stage.subscribed(narrow);
  stage.replace(viewer, other);
  CHECK(viewer.take() == Lines{"subscribed 1 #1 replaced", R"(update 1 #1: a:x nowhere={})"});
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

}  // namespace
}  // namespace starling::fanout

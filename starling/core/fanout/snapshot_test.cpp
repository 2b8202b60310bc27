#include "starling/core/fanout/snapshot.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

TEST_CASE("a snapshot is all the view shows, and its last part is always sent") {
  Stage stage;
  Stage::Viewer& early = stage.viewer();
  stage.subscribe(early);
  CHECK(early.take() == Lines{"subscribed 1 #0 new", "snapshot 1 #0:"});

  stage.world.set("a:x", "k", R"({"v":1})");
  stage.world.set("a:y", "k", R"({"w":2})");
  stage.world.set("b:x", "l", R"({})");
  stage.batch();
  Stage::Viewer& late = stage.viewer();
  stage.subscribe(late);
  CHECK(late.take() == Lines{"subscribed 1 #1 new", R"(snapshot 1 #1: a:x k={"v":1}, a:y k={"w":2}, b:x l={})"});
  Stage::Viewer& other = stage.viewer(query({"c:*"}));
  stage.subscribe(other);
  CHECK(other.take() == Lines{"subscribed 1 #1 new", "snapshot 1 #1:"});
}

TEST_CASE("by keys it is picked, from every space, and the rest of the filter still holds") {
  Stage stage;
  stage.world.set("a:x", "k", "{}", geo::Point{5, 5});
  stage.world.set("b:x", "k", "{}", geo::Point{50, 5});
  stage.world.set("a:x", "l", "{}", geo::Point{5, 5});
  stage.batch();
  Stage::Viewer& by_key = stage.viewer(query({"*"}, {std::vector<std::string>{"k", "nobody"}, std::nullopt, false}));
  stage.subscribe(by_key);
  CHECK(by_key.take() == Lines{"subscribed 1 #1 new", "snapshot 1 #1: a:x k={}, b:x k={}"});
  Stage::Viewer& in_the_box = stage.viewer(query({"*"}, {std::vector<std::string>{"k"}, geo::Box::from(10, 0, 10, 0), false}));
  stage.subscribe(in_the_box);
  CHECK(in_the_box.take() == Lines{"subscribed 1 #1 new", "snapshot 1 #1: a:x k={}"});
}

TEST_CASE("parts are within their bound, none but the last is empty, all carry one seq, and together they are everything once") {
  // Each record is 24 bytes as the test's encoder writes it, and 2 more between two.
  for (const std::size_t part_bytes : {std::size_t{1}, std::size_t{24}, std::size_t{25}, std::size_t{50}, std::size_t{100}, std::size_t{10'000}}) {
    CAPTURE(part_bytes);
    FanoutOptions options;
    options.part_bytes = part_bytes;
    Stage stage(options);
    std::vector<std::string> all;
    for (int i = 100; i < 400; ++i) {  // over a page of slots
      stage.world.set(i % 2 == 0 ? "a:x" : "b:x", std::to_string(i), R"({"v":"12345678"})");
      all.push_back((i % 2 == 0 ? "a:x " : "b:x ") + std::to_string(i) + R"(={"v":"12345678"})");
    }
    stage.batch();
    Stage::Viewer& viewer = stage.viewer();
    stage.subscribe(viewer);
    const Lines lines = viewer.take();
    REQUIRE(lines.size() >= 2);
    std::vector<std::string> got;
    for (std::size_t i = 1; i < lines.size(); ++i) {
      const bool is_last = i + 1 == lines.size();
      std::string line = lines[i];
      CHECK(line.starts_with("snapshot 1 #1:"));
      CHECK(line.ends_with(" +more") != is_last);
      if (!is_last) line.resize(line.size() - 6);
      std::string said = line.substr(14);
      CHECK_FALSE(said.empty());
      CHECK(said.size() <= part_bytes + 27);  // a part is ended once it has grown to the bound
      for (std::size_t at = 1; at < said.size();) {
        const std::size_t end = std::min(said.find(", ", at), said.size());
        got.push_back(said.substr(at, end - at));
        at = end + 2;
      }
    }
    std::ranges::sort(got);
    std::ranges::sort(all);
    CHECK(got == all);
  }
}

TEST_CASE("an entity of many large records is spread over parts too") {
  Stage stage{{.part_bytes = 1}};
  for (const char* channel : {"a:x", "a:y", "a:z"}) stage.world.set(channel, "k", "{}");
  stage.batch();
  Stage::Viewer& viewer = stage.viewer();
  stage.subscribe(viewer);
  CHECK(viewer.take() == Lines{"subscribed 1 #1 new", "snapshot 1 #1: a:x k={} +more", "snapshot 1 #1: a:y k={} +more", "snapshot 1 #1: a:z k={}"});
}

TEST_CASE("a snapshot is a cut: what changes while it is sent comes after it") {
  Stage stage{{.part_bytes = 1}};
  stage.set("k", 1);
  stage.set("l", 1);
  stage.set("m", 1);
  Stage::Viewer& viewer = stage.begun();
  CHECK(viewer.take() == Lines{"subscribed 1 #3 new", R"(snapshot 1 #3: a:x k={"v":1} +more)"});

  stage.set("k", 2);
  stage.set("m", 2);
  stage.set("new", 1);
  stage.world.remove("a:x", "l");
  stage.batch();
  stage.go(500);
  CHECK(viewer.take().empty());  // nothing is produced for a socket that is full
  stage.drain(viewer, 1);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #3: a:x l={"v":1} +more)"});
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #3: a:x m={"v":1})"});
  stage.go(600);
  CHECK(viewer.take() == Lines{R"(update 1 #7: a:x k+"v":2 +more)", R"(update 1 #7: a:x m+"v":2 +more)", R"(update 1 #7: a:x new={"v":1} +more)", "update 1 #7: a:x l-deleted"});
}

TEST_CASE("snapshots begun between two batches share a cut, and let go of it") {
  Stage stage;
  stage.set("k", 1);
  std::vector<Stage::Viewer*> viewers;
  for (int i = 0; i < 3; ++i) {
    viewers.push_back(&stage.viewer());
    viewers.back()->link.room = 1;  // takes the answer only: the snapshot has not begun to be sent
    stage.subscribe(*viewers.back());
    CHECK(viewers.back()->take() == Lines{"subscribed 1 #1 new"});
    CHECK(stage.fanout.cuts() == 1);
  }
  stage.set("k", 2);
  for (Stage::Viewer* viewer : viewers) {
    CHECK(stage.fanout.cuts() == 1);
    stage.drain(*viewer);
    CHECK(viewer->take() == Lines{R"(snapshot 1 #1: a:x k={"v":1})"});
  }
  CHECK(stage.fanout.cuts() == 0);
}

TEST_CASE("what is in a box is gathered if it is little, read from a cut if it is more: one below, at and above the bound") {
  for (const int count : {3, 4, 5}) {
    CAPTURE(count);
    FanoutOptions options;
    options.listed_max = 4;
    options.part_bytes = 1;
    Stage stage(options);
    for (int i = 0; i < count; ++i) stage.world.set("a:x", std::to_string(i), "{}", geo::Point{5, 5});
    for (int i = 10; i < 30; ++i) stage.world.set("a:x", std::to_string(i), "{}", geo::Point{50, 5});
    stage.world.set("a:x", "nowhere", "{}");
    stage.batch();
    Stage::Viewer& viewer = stage.viewer(query({"*"}, in_box(10, 0, 10, 0)));
    viewer.link.room = 1;
    stage.subscribe(viewer);
    CHECK(stage.fanout.cuts() == (count <= 4 ? 0 : 1));
    stage.drain(viewer);
    CHECK(viewer.take().size() == 1 + static_cast<std::size_t>(count));
  }
}

TEST_CASE("a gathered snapshot that the log has passed begins again") {
  FanoutOptions options;
  options.part_bytes = 1;
  options.log_bytes = 1;
  Stage stage(options);
  stage.world.set("a:x", "k", R"({"v":1})", geo::Point{5, 5});
  stage.world.set("a:x", "l", R"({"v":1})", geo::Point{5, 5});
  stage.batch();
  Stage::Viewer& viewer = stage.begun(query({"*"}, in_box(10, 0, 10, 0)));
  CHECK(viewer.take() == Lines{"subscribed 1 #1 new", R"(snapshot 1 #1: a:x k={"v":1} +more)"});
  for (int v = 2; v <= 3; ++v) stage.set("k", v);
  stage.drain(viewer);
  CHECK(viewer.take() == Lines{R"(snapshot 1 #1: a:x l={"v":1})", "subscribed 1 #3 expired", R"(snapshot 1 #3: a:x k={"v":3} +more)", R"(snapshot 1 #3: a:x l={"v":1})"});
}

}  // namespace
}  // namespace starling::fanout

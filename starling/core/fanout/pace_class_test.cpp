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

}  // namespace
}  // namespace starling::fanout

#include "starling/core/fanout/catch_up.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

/// All parts of a catch-up over what the world logged.
struct Caught {
  Caught() : world(stage_channels()) {}
  void close() { log.append(world.close()); }
  view::ViewPtr view_of(view::Query what) { return std::make_shared<const view::View>(std::move(what), world.channels()); }
  Lines parts(view::Query what, CatchUpOptions options, Seq since = 0) {
    const view::ViewPtr view = view_of(std::move(what));
    return parts(view, view, options, since);
  }
  Lines parts(const view::ViewPtr& was, const view::ViewPtr& is, CatchUpOptions options, Seq since = 0) {
    TestLink link;
    Subscription viewer(link, encoder, 1, is, Period{1});
    CatchUp job(std::make_shared<const log::Fold>(*log::fold_since(log, since, 1000)), was, is, options);
    CHECK(job.seq() == log.head());
    for (int i = 0; i < 1000; ++i) {
      const std::size_t before = link.frames.size();
      const bool is_done = job.send_part(viewer);
      REQUIRE(link.frames.size() <= before + 1);
      if (is_done) return link.take();
    }
    FAIL("it does not end");
    return {};
  }
  log::TestWorld world;
  log::Log log{1 << 20};
  TestEncoder encoder;
};

TEST_CASE("a catch-up that fits is one update; one that has nothing to say is none, unless it must") {
  Caught caught;
  caught.world.set("a:x", "k", R"({"v":1})");
  caught.world.say("a:e", "k", R"({"n":1})");
  caught.close();
  CHECK(caught.parts(query({"*"}), {}) == Lines{R"(update 1 #1: a:x k={"v":1}, a:e !1.0 {"n":1})"});
  CHECK(caught.parts(query({"b:*"}), {}).empty());
  CatchUpOptions must;
  must.must_send = true;
  CHECK(caught.parts(query({"b:*"}), must) == Lines{"update 1 #1:"});
  CHECK(caught.parts(query({"*"}), must).size() == 1);
}

TEST_CASE("parts are ended at the bound, none is empty, the last says so, and together they are everything once") {
  Caught caught;
  for (int i = 10; i < 20; ++i) caught.world.set("a:x", std::to_string(i), "{}");
  for (int i = 10; i < 15; ++i) caught.world.set("b:x", std::to_string(i), "{}");  // others see nothing of these
  caught.world.set("a:y", "10", "{}");
  for (int n = 0; n < 3; ++n) caught.world.say("a:e", std::nullopt, "{}");
  caught.close();
  const std::vector<std::string> all{"a:x 10={}", "a:y 10={}", "a:x 11={}", "a:x 12={}", "a:x 13={}", "a:x 14={}", "a:x 15={}",
                                     "a:x 16={}", "a:x 17={}", "a:x 18={}", "a:x 19={}", "a:e !1.0 {}", "a:e !1.1 {}", "a:e !1.2 {}"};
  for (const std::size_t part_bytes : {std::size_t{1}, std::size_t{9}, std::size_t{10}, std::size_t{20}, std::size_t{31}, std::size_t{1000}}) {
    CAPTURE(part_bytes);
    for (const bool must_send : {false, true}) {
      CatchUpOptions options;
      options.part_bytes = part_bytes;
      options.must_send = must_send;
      // Exactly so: filled in order until the bound is reached.
      Lines want;
      std::string said;
      for (const std::string& next : all) {
        if (said.size() >= part_bytes) want.push_back("update 1 #1: " + std::exchange(said, {}) + " +more");
        said += (said.empty() ? "" : ", ") + next;
      }
      want.push_back("update 1 #1: " + said);
      CHECK(caught.parts(query({"a:*"}), options) == want);
    }
  }
}

TEST_CASE("what shows nothing at the end makes no empty last part") {
  Caught caught;
  caught.world.set("a:x", "k", "{}");
  caught.world.set("b:x", "k", "{}");
  caught.close();
  CatchUpOptions options;
  options.part_bytes = 1;
  CHECK(caught.parts(query({"a:*"}), options) == Lines{"update 1 #1: a:x k={}"});
}

TEST_CASE("more missed events than allowed are a gap: one byte below, at and above") {
  Caught caught;
  caught.close();
  caught.world.say("a:e", std::nullopt, R"({"n":1})");
  caught.world.say("a:now", std::nullopt, R"({"n":2})");
  caught.world.set("a:x", "k", "{}");
  caught.close();
  caught.close();
  std::size_t bytes = 0;
  caught.log.for_each_after(0, [&](const log::Batch& batch) {
    for (const state::EventPtr& event : batch.events) bytes += event->bytes();
  });
  const auto told = [&](std::size_t event_bytes_max, const char* channels = "*") {
    CatchUpOptions options;
    options.event_bytes_max = event_bytes_max;
    return caught.parts(query({channels}), options, 1);
  };
  const Lines whole{R"(update 1 #3: a:x k={}, a:e !2.0 {"n":1}, a:now !2.1 {"n":2})"};
  CHECK(told(bytes + 1) == whole);
  CHECK(told(bytes) == whole);
  CHECK(told(bytes - 1) == Lines{"update 1 #3: a:x k={}, a:e gap (1,4), a:now gap (1,4)"});
  CHECK(told(bytes - 1, "a:e") == Lines{R"(update 1 #3: a:e !2.0 {"n":1})"});  // what it does not show does not count
}

TEST_CASE("from one view to another, events are those of the new one") {
  Caught caught;
  caught.world.set("a:x", "k", "{}");
  caught.close();
  caught.world.set("a:x", "k", R"({"v":1})");
  caught.world.say("a:e", std::nullopt, "{}");
  caught.world.say("a:now", std::nullopt, "{}");
  caught.close();
  const auto was = caught.view_of(query({"a:x", "a:e"})), is = caught.view_of(query({"a:now"}));
  CHECK(caught.parts(was, is, {}, 1) == Lines{"update 1 #2: a:x k-filtered, a:now !2.1 {}"});
}

}  // namespace
}  // namespace starling::fanout

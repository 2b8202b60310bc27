#include "starling/core/fanout/job.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::fanout {
namespace {

TEST_CASE("a job that sends nothing for long is given up, and begins anew when its viewer reads: one below, at and one above the bound") {
  for (const std::int64_t looked_at_ms : {30'000, 30'001}) {
    CAPTURE(looked_at_ms);
    Stage stage{{.part_bytes = 1}};
    stage.set("k", 1);
    stage.set("l", 1);
    Stage::Viewer& viewer = stage.begun();
    (void)viewer.take();
    stage.go(29'999);
    stage.fanout.tend_jobs(stage.now);
    CHECK(viewer.subscription.job() != nullptr);
    CHECK(stage.fanout.cuts() == 1);
    stage.set("k", 2);
    stage.go(looked_at_ms);
    stage.fanout.tend_jobs(stage.now);
    CHECK(viewer.subscription.job() == nullptr);
    CHECK(stage.fanout.cuts() == 0);
    stage.fanout.restart(viewer.subscription, stage.now);  // it will get one anyway
    CHECK(viewer.take().empty());
    stage.drain(viewer);
    CHECK(viewer.take() == Lines{"subscribed 1 #3 expired", R"(snapshot 1 #3: a:x k={"v":2} +more)", R"(snapshot 1 #3: a:x l={"v":1})"});
  }
}

TEST_CASE("a job that goes on slowly is not given up") {
  Stage stage{{.part_bytes = 1}};
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
  Stage::Viewer& viewer = stage.begun();
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
    viewers.push_back(&stage.begun());
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
    slow.push_back(&stage.begun());
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

  SUBCASE("until one may be taken, and is told first what was said meanwhile") {
    stage.say("a:e", 1);
    stage.set("l", 5);
    stage.drain(*slow[0]);
    CHECK(current.take().empty());
    stage.fanout.tend_jobs(stage.now);
    CHECK(current.take() == Lines{R"(update 1 #6: a:x l+"v":5 +more)", R"(update 1 #6: a:e !5.0 {"n":1})", R"(snapshot 1 #6: a:x k={"v":1} +more)", R"(snapshot 1 #6: a:x l={"v":5})"});
    CHECK(stage.fanout.counters().snapshots == 4);
  }
  SUBCASE("what it holds is still there to be replaced") {
    stage.replace(current, query({"a:x"}));
    CHECK(current.take() == Lines{"subscribed 1 #4 replaced", "update 1 #4:"});
    stage.drain(*slow[0]);
    stage.fanout.tend_jobs(stage.now);
    CHECK(current.take() == Lines{R"(snapshot 1 #4: a:x k={"v":1} +more)", R"(snapshot 1 #4: a:x l={"v":4})"});
  }
  SUBCASE("and what is said meanwhile is told where its socket is full then, when that drains") {
    stage.say("a:e", 1);
    current.link.room = 0;
    stage.drain(*slow[0]);
    stage.fanout.tend_jobs(stage.now);
    stage.say("a:e", 2);
    CHECK(current.take().empty());
    stage.drain(current);
    const Lines lines = current.take();
    REQUIRE(lines.size() == 4);
    CHECK(lines[0] == R"(update 1 #6: a:e !5.0 {"n":1} +more)");
    CHECK(lines[1] == R"(update 1 #6: a:e !6.0 {"n":2})");
    CHECK(lines[3] == R"(snapshot 1 #6: a:x l={"v":4})");
  }
  SUBCASE("who comes with a seq that the log has left, or that another query had, waits too") {
    for (const auto& [reason, name] : {std::pair{SubscribedReason::expired, "expired"}, {SubscribedReason::query, "query"}, {SubscribedReason::rights, "rights"}}) {
      Stage::Viewer& late = stage.viewer();
      stage.fanout.subscribe(late.subscription, reason, 4, stage.now);
      CHECK(late.take() == Lines{std::string{"subscribed 1 #4 "} + name});
    }
    Stage::Viewer& foreign = stage.viewer();
    stage.fanout.subscribe(foreign.subscription, SubscribedReason::epoch, 4, stage.now);
    CHECK(foreign.take() == Lines{"subscribed 1 #4 epoch", R"(snapshot 1 #3: a:x k={"v":1} +more)", R"(snapshot 1 #3: a:x l={"v":3})"});
    Stage::Viewer& later = stage.viewer();
    stage.fanout.subscribe(later.subscription, SubscribedReason::expired, 3, stage.now);
    CHECK(later.take() == Lines{"subscribed 1 #4 expired", R"(snapshot 1 #3: a:x k={"v":1} +more)", R"(snapshot 1 #3: a:x l={"v":3})"});
  }
  SUBCASE("who asks for something else while recent events are being sent, all of its snapshot told, waits too") {
    stage.world.say("a:e", "k", R"({"n":1})");
    stage.batch();
    view::Query listed = query({"*"});
    listed.filter.keys = {"k"};
    Stage::Viewer& hasty = stage.viewer(listed);
    hasty.subscription.recent = 1;
    hasty.link.room = 2;
    stage.subscribe(hasty);
    CHECK(hasty.take() == Lines{"subscribed 1 #5 new", R"(snapshot 1 #5: a:x k={"v":1})"});
    hasty.link.room = TestLink::kEndless;
    stage.replace(hasty, query({"*"}));
    CHECK(hasty.take() == Lines{"subscribed 1 #5 new"});
    stage.drain(*slow[0]);
    stage.fanout.tend_jobs(stage.now);
    CHECK(hasty.take() == Lines{R"(snapshot 1 #5: a:x k={"v":1} +more)", R"(snapshot 1 #5: a:x l={"v":4})", R"(update 1 #5: a:e !5.0 {"n":1})"});
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
    slow.push_back(&stage.begun());
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
  CHECK(slow[0]->subscription.job() != nullptr);
  stage.go(looked_at_ms);
  stage.fanout.tend_jobs(stage.now);
  CHECK((slow[0]->subscription.job() == nullptr) == is_wanted);
  CHECK(current.take().size() == (is_wanted ? 5 : 0));
}

TEST_CASE("those whose jobs are looked after are served in the order in which they came, wherever they lie in memory") {
  struct ListedLink : TestLink {
    ListedLink(std::vector<std::size_t>& list, std::size_t number) : order(list), mine(number) {}
    void send(FramePtr frame) override {
      order.push_back(mine);
      TestLink::send(std::move(frame));
    }
    std::vector<std::size_t>& order;
    std::size_t mine;
  };
  Stage stage;
  stage.set("k", 1);
  std::vector<std::size_t> order, want;
  std::vector<std::unique_ptr<ListedLink>> links;
  std::vector<std::unique_ptr<Subscription>> viewers;
  for (std::size_t i = 0; i < 30; ++i) {
    links.push_back(std::make_unique<ListedLink>(order, i));
    links.back()->room = 0;
    viewers.push_back(std::make_unique<Subscription>(*links.back(), stage.encoder, 1, stage.view_of(query({"*"})), std::chrono::milliseconds{100}));
    stage.fanout.subscribe(*viewers.back(), SubscribedReason::fresh, std::nullopt, stage.now);
    want.insert(want.end(), {i, i});  // `subscribed`, and a snapshot
  }
  order.clear();
  for (const auto& link : links) link->room = TestLink::kEndless;
  stage.go(30'000);
  stage.fanout.tend_jobs(stage.now);
  CHECK(order == want);
  for (const auto& viewer : viewers) stage.fanout.unsubscribe(*viewer);
}

}  // namespace
}  // namespace starling::fanout

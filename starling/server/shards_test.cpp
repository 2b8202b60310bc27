/// Several shards: what one has told, another knows.
#include <doctest/doctest.h>
#include <sched.h>

#include <atomic>
#include <memory>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/server/client_for_test.hpp"

namespace starling {
namespace {

ServerOptions three() {
  ServerOptions options;
  options.shards = 3;
  options.shard.fanout.tick = std::chrono::milliseconds{5};
  return options;
}

std::string subscribe_since(const std::string& epoch, state::Seq seq, const std::string& view) {
  return R"({"type":"subscribe","id":1,"channels":["a:*"],"since":{"epoch":)" + epoch + R"(,"seq":)" + std::to_string(seq) + R"(,"view":)" + view + "}}";
}

TEST_CASE("a viewer that was told a seq by one shard resumes from it on any, at once") {
  ServerForTest server{three()};
  auto viewer = std::make_unique<ViewerForTest>(server.port());
  const std::string epoch{*json::find(viewer->hear(R"("type":"welcome")"), "epoch")};
  viewer->say(R"({"type":"subscribe","id":1,"channels":["a:*"],"rate":1000})");
  const std::string view{*json::find(viewer->hear(R"("type":"subscribed")"), "view")};
  viewer->hear(R"("type":"snapshot")");
  ViewerForTest publisher{server.port()};
  for (int i = 1; i <= 200; ++i) {
    publisher.say(R"({"type":"publish","channel":"a:b","key":"k","data":{"n":)" + std::to_string(i) + R"(},"ref":1})");
    const std::string update = viewer->hear(R"("type":"update")");
    const auto seq = std::stoull(std::string{*json::find(update, "seq")});
    REQUIRE(seq >= static_cast<state::Seq>(i));
    auto next = std::make_unique<ViewerForTest>(server.port());
    next->say(subscribe_since(epoch, seq, view));
    const std::string subscribed = next->hear(R"("type":"subscribed")");
    REQUIRE(json::find(subscribed, "reason") == "\"resumed\"");
    next->hear(R"("type":"update")");
    viewer = std::move(next);
  }
}

TEST_CASE("a seq that no shard has told is of another life") {
  ServerForTest server{three()};
  ViewerForTest viewer{server.port()};
  const std::string epoch{*json::find(viewer.hear(R"("type":"welcome")"), "epoch")};
  viewer.say(subscribe_since(epoch, 1, "\"x\""));
  CHECK(json::find(viewer.hear(R"("type":"subscribed")"), "reason") == "\"epoch\"");
}

TEST_CASE("viewers on every shard are told the same, in seqs that grow, whoever publishes") {
  ServerForTest server{three()};
  constexpr int kViewers = 9, kPublishers = 6, kUpdates = 300;
  std::vector<std::unique_ptr<ViewerForTest>> viewers;
  for (int i = 0; i < kViewers; ++i) {
    viewers.push_back(std::make_unique<ViewerForTest>(server.port()));
    viewers.back()->subscribe("a:b");
    viewers.back()->hear(R"("type":"snapshot")");
  }
  // Even ones over WebSockets, odd ones over HTTP, and a source.
  std::vector<std::thread> publishers;
  std::atomic<int> faults = 0;
  for (int p = 0; p < kPublishers; ++p) {
    publishers.emplace_back([&, p] {
      const std::string key = std::to_string(p);
      if (p % 2 == 0) {
        ViewerForTest viewer{server.port()};
        for (int i = 1; i <= kUpdates; ++i) {
          viewer.say(R"({"type":"publish","channel":"a:b","key":")" + key + R"(","data":{"n":)" + std::to_string(i) + R"(},"ref":)" + std::to_string(i) + "}");
        }
        state::Seq last = 0;
        for (int i = 1; i <= kUpdates; ++i) {
          const std::string ok = viewer.hear(R"("type":"ok")");
          const auto seq = std::stoull(std::string{*json::find(ok, "seq")});
          faults += json::find(ok, "ref") != std::to_string(i) || seq < last;
          last = seq;
        }
      } else {
        for (int i = 1; i <= kUpdates; i += 30) {
          std::string lines;
          for (int n = i; n < i + 30; ++n) lines += R"({"key":")" + key + R"(","data":{"n":)" + std::to_string(n) + "}}\n";
          faults += post(server.port(), "/api/v1/publish/a:b", lines, "application/x-ndjson").status != 200;
        }
      }
    });
  }
  publishers.emplace_back([&] {
    for (int i = 1; i <= kUpdates; ++i) {
      std::vector<state::Update> updates(1);
      updates[0].channel = "a:b";
      updates[0].key = "source";
      updates[0].data = "{\"n\":" + std::to_string(i) + "}";
      (*server).sink().offer(std::move(updates));
    }
  });
  for (std::thread& publisher : publishers) publisher.join();
  CHECK(faults == 0);
  const std::string last = "{\"n\":" + std::to_string(kUpdates) + "}";
  for (const auto& viewer : viewers) {
    state::Seq seq = 0;
    const auto has_all = [&] {
      for (int p = 0; p < kPublishers; ++p) {
        if (viewer->record("a:b", std::to_string(p)) != last) return false;
      }
      return viewer->record("a:b", "source") == last;
    };
    while (!has_all()) {
      const auto told = std::stoull(std::string{*json::find(viewer->hear(R"("type":"update")"), "seq")});
      REQUIRE(told > seq);
      seq = told;
    }
  }
  const std::string metrics = get(server.port(), "/metrics").body;
  const auto value = [&](const std::string& name) { return std::stoull(metrics.substr(metrics.find('\n' + name + ' ') + name.size() + 2)); };
  CHECK(value("starling_shards") == 3);
  CHECK(value("starling_sessions") == kViewers);
  CHECK(value("starling_updates_applied_total") == (kPublishers + 1) * kUpdates);
  CHECK(value("starling_batches_total") == value("starling_log_seq"));
}

TEST_CASE("a stop reaches the viewers of every shard, and those who do not answer are not waited for") {
  ServerOptions options = three();
  options.shutdown_max = std::chrono::milliseconds{100};
  ServerForTest server{std::move(options)};
  std::vector<std::unique_ptr<ViewerForTest>> viewers;
  for (int i = 0; i < 9; ++i) {
    viewers.push_back(std::make_unique<ViewerForTest>(server.port()));
    viewers.back()->hear(R"("type":"welcome")");
  }
  server.stop();
  for (const auto& viewer : viewers) CHECK(viewer->hear_close().code == 1012);
}

TEST_CASE("without a number there is a shard a core") {
  ServerOptions options;
  options.listen = {"127.0.0.1:0"};
  cpu_set_t all, first;
  REQUIRE(::sched_getaffinity(0, sizeof all, &all) == 0);
  CHECK(Server{options}.shards() == static_cast<std::size_t>(CPU_COUNT(&all)));
  CPU_ZERO(&first);
  for (std::size_t core = 0; CPU_COUNT(&first) == 0; ++core) {
    if (CPU_ISSET(core, &all)) CPU_SET(core, &first);
  }
  REQUIRE(::sched_setaffinity(0, sizeof first, &first) == 0);
  CHECK(Server{options}.shards() == 1);
  REQUIRE(::sched_setaffinity(0, sizeof all, &all) == 0);
  options.shards = 5;
  CHECK(Server{options}.shards() == 5);
}

}  // namespace
}  // namespace starling

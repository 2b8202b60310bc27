#include "starling/server/system_status.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/server/client_for_test.hpp"
#include "starling/server/shards_for_test.hpp"
#include "starling/sources/probe/service_for_test.hpp"

namespace starling {
namespace {

using namespace sources::probe;

std::string_view member(std::string_view object, std::string_view name) {
  const auto found = json::find(object, name);
  REQUIRE_MESSAGE(found, std::string{name});
  return *found;
}

// ---- The text ----------------------------------------------------------------------------------------------------------------------

constexpr Timestamp kAt{std::chrono::seconds{1'790'000'000}};  // 2026-09-21T14:13:20Z

TEST_CASE("the answer says how services, the server, its store, its sources and receivers do") {
  const ServerFacts facts{.version = "0.1.0",
                          .epoch = "e",
                          .seq = 41,
                          .uptime = std::chrono::milliseconds{12'999},
                          .store = StoreHealth{.written = 40, .waiting_batches = 1},
                          .sources = {{"mqtt://host:1883", {.connection = sources::ConnectionState::waiting, .received = 3, .updates = 2, .bad_payloads = 1, .last_error = "it is \"away\""}},
                                      {"probe", {.connection = sources::ConnectionState::connected, .last_error = {}}}}};
  const Findings found{.services = {{.name = "api", .url = "http://host/", .health = Health::healthy, .response_ms = 12, .at = kAt}},
                       .receivers = {{.id = "7", .name = "R", .url = "http://sdr/", .is_online = true, .response_ms = 3, .checks = 1, .answered = 1, .at = kAt}}};
  CHECK(system_status_text(facts, found, kAt) ==
        R"({"overall_status":"healthy","services":[{"name":"api","status":"healthy","url":"http://host/","response_time_ms":12}],"timestamp":"2026-09-21T14:13:20.000Z",)"
        R"("server":{"version":"0.1.0","epoch":"e","seq":41,"uptime_s":12},"store":{"status":"ok","written":40,"waiting_batches":1},)"
        R"("sources":[{"name":"mqtt://host:1883","status":"waiting","received":3,"updates":2,"bad_payloads":1,"last_error":"it is \"away\""},)"
        R"({"name":"probe","status":"connected","received":0,"updates":0,"bad_payloads":0}],)"
        R"("receivers":[{"websdr_id":"7","name":"R","status":"online","last_check":"2026-09-21T14:13:20.000Z","response_time_ms":3,"uptime":100.0,"avg_snr":null,"url":"http://sdr/"}]})");
}

TEST_CASE("it is degraded if a service is not healthy, or the store is degraded; a receiver may be offline") {
  const auto overall = [](const ServerFacts& facts, const Findings& found) { return std::string{member(system_status_text(facts, found, kAt), "overall_status")}; };
  CHECK(overall({}, {}) == R"("healthy")");
  for (const Health health : {Health::healthy, Health::degraded, Health::unhealthy, Health::unreachable}) {
    const Findings found{.services = {{.name = "a", .health = Health::healthy}, {.name = "b", .health = health}}};
    CHECK(overall({}, found) == (health == Health::healthy ? R"("healthy")" : R"("degraded")"));
  }
  CHECK(overall({.store = StoreHealth{}}, {}) == R"("healthy")");
  CHECK(overall({.store = StoreHealth{.cause = "the disk is full"}}, {}) == R"("degraded")");
  CHECK(overall({}, {.receivers = {{.id = "7", .name = "R", .is_online = false, .checks = 1, .error = "HTTP 500"}}}) == R"("healthy")");
}

// ---- Rounds ------------------------------------------------------------------------------------------------------------------------

/// A desk with one service behind a status, and the batches that it closes. The time of the status is the test's.
class Asking {
 public:
  Asking() { source->start(); }
  ~Asking() { source->stop(); }

  /// The answer comes when it does.
  void ask() {
    status.ask([this](http::Response response) { answers.push_back(std::move(response)); }, now);
  }
  template <class Condition>
  void run_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      loop.post([] { std::this_thread::sleep_for(std::chrono::milliseconds{1}); });
      loop.run([&](bool is_idle) {
        desk.after_turn(is_idle, net::now());
        loop.stop();
      });
    }
  }
  /// Since the last call.
  std::size_t announcements() {
    std::size_t count = 0;
    for (const log::BatchPtr& batch : std::exchange(batches, {})) {
      for (const state::Change& change : batch->changes) count += change.is_announcement() ? 1 : 0;
    }
    return count;
  }

  ServiceForTest service;
  net::EventLoop loop;
  std::vector<log::BatchPtr> batches;
  HubDesk desk{loop, {}, [this](const log::BatchPtr& batch, Moment) {
                 batches.push_back(batch);
                 return true;
               }};
  std::unique_ptr<ProbeSource> source =
      std::move(*ProbeSource::from({.targets = {sources::probe::service("api", service.url())}}, desk.input(), net::now));
  SystemStatus status{loop, desk, source.get(), [] { return ServerFacts{.version = "1", .epoch = "e" }; }};
  Instant now{std::chrono::seconds{100}};
  std::vector<http::Response> answers;
};

TEST_CASE("who comes while a round goes on waits for it, and who comes within a second of its beginning is told what it found") {
  Asking asking;
  asking.run_until([&] { return asking.service.asked() == 1; });  // of itself
  asking.run_until([&] { return asking.desk.hub().counters().updates == 1; });
  asking.service.hang();
  asking.ask();
  asking.run_until([&] { return asking.service.asked() == 2; });
  asking.now += std::chrono::seconds{3};
  for (int i = 0; i < 50; ++i) asking.ask();
  asking.run_until([] { return true; });
  CHECK(asking.answers.empty());
  CHECK(asking.service.asked() == 2);
  asking.service.answer(answer_of("200 OK", R"({"status":"degraded"})"));
  asking.run_until([&] { return asking.answers.size() == 51; });
  for (const http::Response& answer : asking.answers) {
    CHECK(answer.status == 200);
    CHECK(member(answer.body, "services").find(R"("status":"degraded")") != std::string_view::npos);
  }
  CHECK(asking.service.asked() == 2);

  // It began three seconds ago, and the next may begin.
  asking.ask();
  asking.run_until([&] { return asking.answers.size() == 52; });
  CHECK(asking.service.asked() == 3);
  for (const auto& [passed, asked] : {std::pair{SystemStatus::kBetweenRounds - Duration{1}, 3U}, std::pair{Duration{1}, 4U}}) {
    asking.now += passed;
    asking.answers.clear();
    asking.ask();
    asking.run_until([&] { return asking.answers.size() == 1; });
    CHECK(asking.service.asked() == asked);
  }
}

TEST_CASE("services:health has what was found before it is answered, and is announced with every answer, though nothing has changed") {
  Asking asking;
  asking.service.end();
  asking.run_until([&] { return asking.desk.hub().counters().updates == 1; });
  asking.announcements();
  asking.ask();
  asking.run_until([&] { return asking.answers.size() == 1; });
  CHECK(asking.announcements() == 1);
  // Whoever else says something on the channel is announced with it; whoever says it elsewhere is not.
  for (const char* channel : {"services:health", "services:other"}) {
    state::Update update;
    update.channel = channel;
    update.key = channel;
    update.data = "{}";
    std::vector<state::Update> updates;
    updates.push_back(std::move(update));
    asking.desk.input().offer(std::move(updates));
  }
  asking.run_until([&] { return asking.desk.hub().counters().changes == 4; });
  asking.announcements();
  asking.ask();  // within the second
  asking.run_until([&] { return asking.answers.size() == 2; });
  CHECK(asking.batches.size() == 1);
  CHECK(asking.announcements() == 2);
  CHECK(asking.desk.hub().counters().late == 0);
}

TEST_CASE("what was found is in the state when it is answered, in the batch that announces it, and in no other") {
  Asking asking;
  asking.run_until([&] { return asking.desk.hub().counters().updates == 1; });
  asking.service.answer(answer_of("500 Internal Server Error"));
  asking.ask();
  asking.run_until([&] { return !asking.answers.empty(); });
  const state::Channel* channel = asking.desk.hub().channels().find("services:health");
  REQUIRE(channel);
  CHECK(asking.desk.hub().state().find(channel->space_index, "api")->find(*channel)->fields.text().starts_with(R"({"status":"unhealthy",)"));
  CHECK(asking.desk.is_settled());
  // Said once: of what changed in a batch of its own, who is told at once would be told again at the announcement.
  CHECK(asking.desk.hub().counters().updates == 2);
}

TEST_CASE("with nobody to ask it is answered at once, and what others say of services is announced") {
  net::EventLoop loop;
  std::size_t announced = 0;
  HubDesk desk{loop, {}, [&](const log::BatchPtr& batch, Moment) {
                 for (const state::Change& change : batch->changes) announced += change.is_announcement() ? 1 : 0;
                 return true;
               }};
  SystemStatus status{loop, desk, nullptr, [] { return ServerFacts{.version = "1", .epoch = "e" }; }};
  const Moment now = net::now();
  state::Update update;
  update.channel = "services:health";
  update.key = "api";
  update.data = R"({"status":"unhealthy"})";
  REQUIRE(desk.hub().publish(std::move(update), now));
  std::vector<http::Response> answers;
  status.ask([&](http::Response response) { answers.push_back(std::move(response)); }, now.instant);
  while (answers.empty()) {
    loop.run([&](bool is_idle) {
      desk.after_turn(is_idle, net::now());
      loop.stop();
    });
  }
  CHECK(member(answers[0].body, "services") == "[]");
  CHECK(member(answers[0].body, "overall_status") == R"("healthy")");
  CHECK(announced == 1);
}

TEST_CASE("who waits when the source stops is told that the server goes") {
  Asking asking;
  asking.run_until([&] { return asking.service.asked() == 1; });
  asking.service.hang();
  asking.ask();
  asking.source->stop();
  asking.run_until([&] { return asking.answers.size() == 1; });
  CHECK(asking.answers[0].status == 503);
}

// ---- A server ----------------------------------------------------------------------------------------------------------------------

TEST_CASE_TEMPLATE("whichever shard is asked, every service is", Shards, One, Three) {
  const ServiceForTest good, bad{answer_of("500 Internal Server Error")};
  auto options = of<Shards>();
  options.listen = {"127.0.0.1:0"};
  options.shard.epoch = "e";
  Server server{std::move(options)};
  server.probe(std::move(*ProbeSource::from({.targets = {service("good", good.url()), service("bad", bad.url()), receiver("7", good.url("/sdr"))}}, server.sink(), net::now)));
  REQUIRE(server.start());
  std::thread thread{[&] { server.run(); }};
  for (int i = 0; i < 9; ++i) {
    const HttpAnswer answer = get(server.port(), "/api/v1/system/status");
    CHECK(answer.status == 200);
    CHECK(answer.head.find("Content-Type: application/json\r\n") != std::string::npos);
    CHECK(member(answer.body, "overall_status") == R"("degraded")");
    CHECK(member(answer.body, "services").starts_with(R"([{"name":"good","status":"healthy",)"));
    CHECK(member(member(answer.body, "server"), "epoch") == R"("e")");
    CHECK(get(server.port(), "/api/v1/state/services:health").body.find(R"("bad":{"status":"unhealthy",)") != std::string::npos);
  }
  CHECK(get(server.port(), "/metrics").body.find("starling_source_connected{source=\"probe\"} 1\n") != std::string::npos);
  server.stop();
  thread.join();
}

}  // namespace
}  // namespace starling

#include "starling/server/server.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/server/client_for_test.hpp"
#include "starling/server/shards_for_test.hpp"

namespace starling {
namespace {

TEST_CASE_TEMPLATE("what is published over HTTP reaches a viewer: snapshot, then differences", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"x":1,"y":1})").body == R"({"accepted":1,"seq":1})");
  ViewerForTest viewer{server.port()};
  viewer.subscribe("a:b");
  viewer.hear(R"("type":"snapshot")");
  CHECK(viewer.record("a:b", "1") == R"({"x":1,"y":1})");
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"x":2})").status == 200);
  CHECK(viewer.hear(R"("type":"update")").find(R"("patch":{"1":{"x":2}})") != std::string::npos);
  CHECK(viewer.record("a:b", "1") == R"({"x":2,"y":1})");
  CHECK(viewer.session.position(1) == 2);
  const std::string page = get(server.port(), "/api/v1/state/a:b").body;
  CHECK(json::find(page, "records") == R"({"1":{"x":2,"y":1}})");
}

TEST_CASE_TEMPLATE("what a viewer publishes is answered and reaches the others", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ViewerForTest one{server.port()}, other{server.port()};
  other.subscribe("a:*");
  other.hear(R"("type":"snapshot")");
  one.say(R"({"type":"publish","channel":"a:b","key":"k","data":{"x":1},"ref":7})");
  CHECK(one.hear(R"("type":"ok")") == R"({"type":"ok","ref":7,"seq":1})");
  other.hear(R"("type":"update")");
  CHECK(other.record("a:b", "k") == R"({"x":1})");
}

TEST_CASE_TEMPLATE("lines of one body lie in one batch", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ViewerForTest viewer{server.port()};
  viewer.subscribe("a:b");
  viewer.hear(R"("type":"snapshot")");
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "{\"key\":\"" + std::to_string(i) + "\",\"data\":{\"n\":1}}\n";
  CHECK(post(server.port(), "/api/v1/publish/a:b", lines, "application/x-ndjson").body ==
        R"({"accepted":1000,"seq":1,"rejected":[]})");
  viewer.hear(R"("type":"update")");
  CHECK(viewer.session.position(1) == 1);
  CHECK(viewer.session.replica(1)->find("a:b")->size() == 1000);
}

TEST_CASE_TEMPLATE("what was published over HTTP is there for whoever reads after the answer, on whatever connection", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  for (int i = 1; i <= 100; ++i) {
    const std::string data = "{\"n\":" + std::to_string(i) + "}";
    const HttpAnswer posted = post(server.port(), "/api/v1/publish/a:b?key=1", data);
    CHECK(posted.body == R"({"accepted":1,"seq":)" + std::to_string(i) + "}");
    const std::string page = get(server.port(), "/api/v1/state/a:b").body;
    REQUIRE(json::find(page, "records") == R"({"1":)" + data + "}");
    CHECK(json::find(page, "seq") == std::to_string(i));
  }
}

TEST_CASE_TEMPLATE("answers come in the order of the messages, whatever they are", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ViewerForTest viewer{server.port()};
  viewer.hear(R"("type":"welcome")");
  std::string wire, want;
  constexpr int kRounds = 300;
  for (int i = 0; i < kRounds; ++i) {
    const std::string ref = std::to_string(i);
    const auto say = [&](const std::string& text) { ws::append_frame(wire, ws::Opcode::text, text, ws::MaskingKey{1, 2, 3, 4}); };
    say(R"({"type":"publish","channel":"a:b","key":"k)" + ref + R"(","data":{},"ref":)" + ref + "}");
    say(R"({"type":"publish","channel":"a:b","key":"","data":{},"ref":)" + ref + "}");
    if (i % 10 == 0) say(R"({"type":"ping","ref":)" + ref + "}");
    if (i % 50 == 7) say("nonsense");
  }
  viewer.say_raw(wire);
  state::Seq last = 0;
  for (int i = 0; i < kRounds; ++i) {
    const std::string ref = R"("ref":)" + std::to_string(i);
    const std::string ok = viewer.hear("\"type\"");
    REQUIRE(ok.starts_with(R"({"type":"ok",)" + ref + ','));
    const auto seq = std::stoull(std::string{*json::find(ok, "seq")});
    CHECK(seq >= last);
    last = seq;
    const std::string refused = viewer.hear("\"type\"");
    REQUIRE(refused.starts_with(R"({"type":"error","code":"bad_key")"));
    REQUIRE(refused.find(ref) != std::string::npos);
    if (i % 10 == 0) REQUIRE(viewer.hear("\"type\"").starts_with(R"({"type":"pong",)" + ref + ','));
    if (i % 50 == 7) REQUIRE(viewer.hear("\"type\"").starts_with(R"({"type":"error","code":"bad_message")"));
  }
}

TEST_CASE_TEMPLATE("who publishes much and says goodbye gets every answer before the close", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ViewerForTest viewer{server.port()};
  viewer.hear(R"("type":"welcome")");
  constexpr int kPublishes = 3000;
  std::string wire;
  for (int i = 0; i < kPublishes; ++i) {
    const std::string n = std::to_string(i);
    ws::append_frame(wire, ws::Opcode::text,
                     R"({"type":"publish","channel":"a:b","key":"k","data":{"n":)" + n + R"(},"ref":)" + n + "}", ws::MaskingKey{1, 2, 3, 4});
  }
  ws::append_close(wire, 1000, {}, ws::MaskingKey{});
  viewer.say_raw(wire);
  for (int i = 0; i < kPublishes; ++i) {
    REQUIRE(viewer.hear("\"type\"").starts_with(R"({"type":"ok","ref":)" + std::to_string(i) + ','));
  }
  CHECK(viewer.hear_close().code == 1000);
  CHECK(json::find(get(server.port(), "/api/v1/state/a:b").body, "records") == R"({"k":{"n":2999}})");
}

TEST_CASE_TEMPLATE("a walk by pages finds everything once, whoever answers", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  std::string lines;
  constexpr int kKeys = 100;
  for (int i = 0; i < 2 * kKeys; ++i) lines += "{\"key\":\"" + std::to_string(i) + "\",\"data\":{}}\n";
  for (int i = 0; i < 2 * kKeys; i += 2) lines += "{\"key\":\"" + std::to_string(i) + "\",\"op\":\"remove\"}\n";
  CHECK(post(server.port(), "/api/v1/publish/a:b", lines, "application/x-ndjson").status == 200);
  std::string cursor;
  int found = 0;
  do {
    const std::string page = get(server.port(), "/api/v1/state/a:b?limit=7" + cursor).body;
    for ([[maybe_unused]] const json::Member& member : json::Members{*json::find(page, "records")}) ++found;
    const auto next = json::find(page, "cursor");
    cursor = next ? "&cursor=" + json::decode(*next) : "";
  } while (!cursor.empty());
  CHECK(found == kKeys);
}

TEST_CASE_TEMPLATE("what sources hear is served, from whatever thread", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ViewerForTest viewer{server.port()};
  viewer.subscribe("a:b");
  viewer.hear(R"("type":"snapshot")");
  std::thread source{[&] {
    for (int i = 0; i < 2000; ++i) {
      std::vector<state::Update> updates(1);
      updates[0].channel = "a:b";
      updates[0].key = std::to_string(i % 10);
      updates[0].data = "{\"n\":" + std::to_string(i) + "}";
      (*server).sink().offer(std::move(updates));
    }
  }};
  source.join();
  while (viewer.record("a:b", "9") != "{\"n\":1999}") viewer.hear(R"("type":"update")");
  CHECK(viewer.record("a:b", "0") == "{\"n\":1990}");
}

TEST_CASE_TEMPLATE("sources run while the server does, and each is measured under a name of its own", Shards, One, Three) {
  struct Calls {
    std::atomic<int> started = 0, stopped = 0;
  };
  class CountingSource final : public sources::Source {
   public:
    explicit CountingSource(Calls& calls) : calls_(calls) {}
    void start() override { ++calls_.started; }
    void stop() override { ++calls_.stopped; }
    sources::SourceStatus status() const override { return {.received = 5, .last_error = {}}; }

   private:
    Calls& calls_;
  };
  Calls calls;
  auto options = of<Shards>();
  options.listen = {"127.0.0.1:0"};
  Server server{std::move(options)};
  for (int i = 0; i < 3; ++i) server.add("broker", std::make_unique<CountingSource>(calls));
  REQUIRE(server.start());
  std::thread thread{[&] { server.run(); }};
  const std::string metrics = get(server.port(), "/metrics").body;
  for (const std::string_view name : {"broker", "broker #2", "broker #3"}) {
    CHECK(metrics.find("starling_source_payloads_total{source=\"" + std::string{name} + "\"} 5\n") !=
          std::string::npos);
  }
  CHECK(calls.started == 3);
  CHECK(calls.stopped == 0);
  server.stop();
  thread.join();
  CHECK(calls.stopped == 3);
}

TEST_CASE_TEMPLATE("a recording is played", Shards, One, Three) {
  auto options = of<Shards>();
  options.listen = {"127.0.0.1:0"};
  Server server{std::move(options)};
  auto recording = sources::recording::Recording::parse(R"({"at_ms":0,"channel":"a:b","key":"1","data":{"x":1}})");
  REQUIRE(recording);
  server.play(std::move(*recording));
  REQUIRE(server.start());
  std::thread thread{[&] { server.run(); }};
  ViewerForTest viewer{server.port()};
  viewer.subscribe("a:b");
  while (viewer.session.replica(1)->find("a:b") == nullptr || viewer.record("a:b", "1").empty())
    viewer.hear("\"type\"");
  server.stop();
  thread.join();
}

TEST_CASE_TEMPLATE("who does not belong here is refused at the door, and told why", Shards, One, Three) {
  auto options = of<Shards>();
  options.body_bytes = 1000;
  ServerForTest server{std::move(options)};
  const std::string upgrade =
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: " + std::string{kKeyForTest} + "\r\n";
  const std::string post_head = "POST /api/v1/publish/a:b?key=1 HTTP/1.1\r\n";
  const std::string body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  struct Case {
    std::string_view name;
    std::string request;
    unsigned want;
  };
  for (const Case& c :
       {Case{"this machine", post_head + "Host: localhost\r\n" + body, 200},
        Case{"a foreign Host", post_head + "Host: evil.example\r\n" + body, 421},
        Case{"no Host", post_head + body, 400},
        Case{"a foreign Origin", post_head + "Host: localhost\r\nOrigin: http://evil.example\r\n" + body, 403},
        Case{"an unknown proxy", post_head + "Host: localhost\r\nX-Forwarded-For: 1.2.3.4\r\n" + body, 403},
        Case{"a form", post_head + "Host: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415},
        Case{"a body too large",
             post_head + "Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 1001\r\n\r\n", 413},
        Case{"a head too large", "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(17'000, 'x') + "\r\n\r\n",
             431},
        Case{"not HTTP", "hello\r\n\r\n", 400},
        Case{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        Case{"two hosts", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
        Case{"a URL of another server", "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 421},
        Case{"two lengths", post_head + "Host: localhost\r\nContent-Length: 2\r\n" + body, 400},
        Case{"a WebSocket in HTTP/1.0", "GET /live HTTP/1.0\r\nHost: localhost\r\n" + upgrade + "Sec-WebSocket-Version: 13\r\n\r\n", 400},
        Case{"a WebSocket without a key", "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", 400},
        Case{"what needs a store", "POST /api/v1/publish/a:b?key=1&durable=true HTTP/1.1\r\nHost: localhost\r\n" + body, 503},
        Case{"an old WebSocket",
             "GET /live HTTP/1.1\r\nHost: localhost\r\n" + upgrade + "Sec-WebSocket-Version: 8\r\n\r\n", 426},
        Case{"no WebSocket", "GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n", 426},
        Case{"another protocol",
             "GET /live HTTP/1.1\r\nHost: localhost\r\n" + upgrade +
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: x\r\n\r\n",
             400},
        Case{"an upgrade elsewhere",
             "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n" + upgrade + "Sec-WebSocket-Version: 13\r\n\r\n", 404},
        Case{"an upgrade of a page",
             "GET / HTTP/1.1\r\nHost: localhost\r\n" + upgrade + "Sec-WebSocket-Version: 13\r\n\r\n", 404},
        Case{"a foreign page's WebSocket",
             "GET /live HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n" + upgrade +
                 "Sec-WebSocket-Version: 13\r\n\r\n",
             403},
        Case{"nothing there", "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
        Case{"a channel with a slash", "GET /api/v1/state/a:b%2Fc HTTP/1.1\r\nHost: localhost\r\n\r\n", 404},
        Case{"a wrong method", "POST /healthz HTTP/1.1\r\nHost: localhost\r\n" + body, 405}}) {
    CAPTURE(c.name);
    const HttpAnswer answer = ask(server.port(), c.request);
    CHECK(answer.status == c.want);
    if (c.want == 200) continue;
    CHECK(answer.head.find("Content-Type: application/problem+json\r\n") != std::string::npos);
    CHECK(json::find(answer.body, "status") == std::to_string(c.want));
    CHECK(json::find(answer.body, "detail").value_or("\"\"") != "\"\"");
    if (c.want == 405) CHECK(answer.head.find("Allow: GET, HEAD\r\n") != std::string::npos);
    if (c.want == 426) CHECK(answer.head.find("Sec-WebSocket-Version: 13\r\n") != std::string::npos);
  }
}

TEST_CASE_TEMPLATE("an address that is taken, or not this machine's, is said at start", Shards, One, Three) {
  ServerForTest first{of<Shards>()};
  for (const auto& [address, want] :
       {std::pair{"127.0.0.1:" + std::to_string(first.port()), "Address already in use"},
        std::pair{std::string{"0.0.0.0:0"}, "listen on 127.0.0.1"},
        std::pair{std::string{"nonsense"}, "cannot listen on nonsense: "}}) {
    CAPTURE(address);
    auto options = of<Shards>();
    options.listen = {address};
    Server second{std::move(options)};
    const auto started = second.start();
    REQUIRE(!started);
    CHECK(started.error().message.find(want) != std::string::npos);
  }
}

TEST_CASE_TEMPLATE("the page, health and metrics are there", Shards, One, Three) {
  static constexpr std::array kAssets{routes::Asset{.path = "/", .media_type = "text/html; charset=utf-8", .name = "aa", .text = "<!doctype html>"}};
  ServerOptions options = of<Shards>();
  options.dashboard.assets = kAssets;
  ServerForTest server{std::move(options)};
  const HttpAnswer page = get(server.port(), "/");
  CHECK(page.status == 200);
  CHECK(page.head.find("Content-Type: text/html; charset=utf-8\r\n") != std::string::npos);
  CHECK(page.head.find("Content-Security-Policy: default-src 'none'; script-src 'self'") != std::string::npos);
  CHECK(page.head.find("X-Content-Type-Options: nosniff\r\n") != std::string::npos);
  CHECK(get(server.port(), "/healthz").body == R"({"status":"ok"})");
  CHECK(get(server.port(), "/readyz").body == R"({"status":"ready"})");
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", "{}").status == 200);
  const std::string metrics = get(server.port(), "/metrics").body;
  CHECK(metrics.find("# TYPE starling_updates_applied_total counter\nstarling_updates_applied_total 1\n") !=
        std::string::npos);
  CHECK(metrics.find("starling_http_responses_total{class=\"2xx\"} 4\n") != std::string::npos);
}

}  // namespace
}  // namespace starling

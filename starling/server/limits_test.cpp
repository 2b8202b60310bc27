// The limits on connections and on what viewers say, over real sockets.
#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/server/client_for_test.hpp"

namespace starling {
namespace {

using One = std::integral_constant<std::size_t, 1>;
using Three = std::integral_constant<std::size_t, 3>;
using std::chrono::milliseconds;

/// For which this machine is an address like any other.
template <class Shards>
ServerOptions strict() {
  ServerOptions options;
  options.shards = Shards::value;
  options.visitors.exempt = {};
  return options;
}

/// Comes until it is let in: a connection that has just gone is counted until its shard has seen that.
HttpAnswer get_when_there_is_room(std::uint16_t port, std::string_view target) {
  for (int i = 0; i < 500; ++i) {
    HttpAnswer answer = get(port, target);
    if (answer.status != 429 && answer.status != 503) return answer;
    std::this_thread::sleep_for(milliseconds{10});
  }
  return get(port, target);
}

std::string metric(std::uint16_t port, std::string_view name) {
  const std::string text = get_when_there_is_room(port, "/metrics").body;
  const std::size_t at = text.find("\n" + std::string{name} + " ");
  REQUIRE(at != std::string::npos);
  const std::size_t from = at + name.size() + 2;
  return text.substr(from, text.find('\n', from) - from);
}

TEST_CASE_TEMPLATE("an address has so many connections, and one more is 429", Shards, One, Three) {
  auto options = strict<Shards>();
  options.visitors.connections_per_ip = 3;
  options.visitors.connects_per_ip_per_second = 10'000;
  ServerForTest server{std::move(options)};
  ViewerForTest first{server.port()}, second{server.port()};
  auto third = std::make_unique<ViewerForTest>(server.port());
  const HttpAnswer refused = get(server.port(), "/readyz");
  CHECK(refused.status == 429);
  CHECK(refused.head.find("Content-Type: application/problem+json\r\n") != std::string::npos);
  CHECK(refused.head.find("Retry-After: 10\r\n") != std::string::npos);
  CHECK(refused.head.find("Connection: close\r\n") != std::string::npos);
  CHECK(refused.body.find("limits.connections_per_ip") != std::string::npos);
  CHECK(ask(server.port(), "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").status == 429);
  third.reset();
  CHECK(get_when_there_is_room(server.port(), "/readyz").status == 200);
  CHECK(metric(server.port(), "starling_refused_connections_total{reason=\"connections_per_ip\"}") != "0");
  first.hear(R"("type":"welcome")");
  second.hear(R"("type":"welcome")");
}

TEST_CASE_TEMPLATE("a server that is full says so, to the exempt too", Shards, One, Three) {
  ServerOptions options;
  options.shards = Shards::value;
  options.visitors.connections = 2;
  ServerForTest server{std::move(options)};
  ViewerForTest first{server.port()};
  auto second = std::make_unique<ViewerForTest>(server.port());
  const HttpAnswer refused = get(server.port(), "/readyz");
  CHECK(refused.status == 503);
  CHECK(refused.head.find("Retry-After: 10\r\n") != std::string::npos);
  CHECK(refused.body.find("limits.connections ") != std::string::npos);
  second.reset();
  CHECK(get_when_there_is_room(server.port(), "/readyz").status == 200);
}

TEST_CASE_TEMPLATE("who connects too often is 429, and need not wait long", Shards, One, Three) {
  auto options = strict<Shards>();
  options.visitors.connects_per_ip_per_second = 5;
  ServerForTest server{std::move(options)};
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    const HttpAnswer answer = get(server.port(), "/healthz");
    if (answer.status == 429) {
      ++refused;
      CHECK(answer.head.find("Retry-After: 1\r\n") != std::string::npos);
      CHECK(answer.body.find("connects_per_ip_per_second") != std::string::npos);
    } else {
      CHECK(answer.status == 200);
    }
  }
  CHECK(refused > 0);
  CHECK(get_when_there_is_room(server.port(), "/healthz").status == 200);
}

TEST_CASE_TEMPLATE("behind a trusted proxy each client has its own limits", Shards, One, Three) {
  auto options = strict<Shards>();
  options.visitors.connections_per_ip = 1;
  options.visitors.connects_per_ip_per_second = 10'000;
  options.guard.trusted_proxies.addresses = {*config::read_address_range("127.0.0.1")};
  ServerForTest server{std::move(options)};
  const auto request = [](std::string_view client) {
    return "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: " + std::string{client} + "\r\n\r\n";
  };
  const auto answer = [&](ConnectionForTest& connection, std::string_view client) {
    connection.send(request(client));
    std::string text;
    while (text.find("\r\n\r\n{") == std::string::npos) {
      const std::string more = connection.receive();
      if (more.empty()) break;
      text += more;
    }
    return text.substr(9, 3);
  };
  ConnectionForTest one{server.port()}, two{server.port()};
  CHECK(answer(one, "192.0.2.1") == "200");
  CHECK(answer(two, "192.0.2.1") == "429");
  CHECK(answer(two, "192.0.2.2") == "200");  // the proxy's connection lives on
  CHECK(answer(one, "192.0.2.1") == "200");
  CHECK(answer(one, "192.0.2.2") == "429");
  CHECK(answer(two, "192.0.2.1") == "200");  // which that one counts for no more
}

TEST_CASE_TEMPLATE("a viewer over its messages a second is read later, and loses nothing", Shards, One, Three) {
  auto options = strict<Shards>();
  options.intake = {.messages_per_second = 100, .bytes_per_second = 0};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()}, honest{server.port()};
  CHECK(viewer.hear(R"("type":"welcome")").find(R"("publish_per_second":100)") != std::string::npos);
  honest.hear(R"("type":"welcome")");
  std::string wire;
  constexpr int kMessages = 400;  // of which two seconds' worth at once
  for (int i = 0; i < kMessages; ++i) ws::append_frame(wire, ws::Opcode::text, R"({"type":"ping","ref":)" + std::to_string(i) + "}", ws::MaskingKey{1, 2, 3, 4});
  const auto begun = std::chrono::steady_clock::now();
  viewer.say_raw(wire);
  for (int i = 0; i < kMessages; ++i) {
    REQUIRE(viewer.hear(R"("type":"pong")").starts_with(R"({"type":"pong","ref":)" + std::to_string(i) + ","));
    if (i % 40 == 39) {
      const auto asked = std::chrono::steady_clock::now();
      honest.say(R"({"type":"ping"})");
      honest.hear(R"("type":"pong")");
      CHECK(std::chrono::steady_clock::now() - asked < std::chrono::seconds{1});
    }
  }
  CHECK(std::chrono::steady_clock::now() - begun >= milliseconds{1900});
  CHECK(metric(server.port(), "starling_websocket_pauses_total") != "0");
}

TEST_CASE_TEMPLATE("control frames and empty fragments count, and do not hold up what is sent", Shards, One, Three) {
  auto options = strict<Shards>();
  options.intake = {.messages_per_second = 100, .bytes_per_second = 0};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  viewer.subscribe("a:b");
  viewer.hear(R"("type":"snapshot")");
  std::string wire;
  const auto fragment = [&](ws::Opcode opcode, bool is_last) {
    ws::append_frame_header(wire, opcode, is_last, 0, ws::MaskingKey{1, 2, 3, 4});
  };
  for (int i = 0; i < 150; ++i) ws::append_frame(wire, ws::Opcode::ping, {}, ws::MaskingKey{1, 2, 3, 4});
  fragment(ws::Opcode::text, false);
  for (int i = 0; i < 150; ++i) fragment(ws::Opcode::continuation, false);
  ws::append_frame_header(wire, ws::Opcode::continuation, true, 15, ws::MaskingKey{0, 0, 0, 0});
  wire += R"({"type":"ping"})";
  const auto begun = std::chrono::steady_clock::now();
  viewer.say_raw(wire);
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"x":1})").status == 200);
  viewer.hear(R"("type":"update")");
  CHECK(std::chrono::steady_clock::now() - begun < milliseconds{900});
  viewer.hear(R"("type":"pong")");
  CHECK(std::chrono::steady_clock::now() - begun >= milliseconds{900});
}

TEST_CASE_TEMPLATE("a viewer over its bytes a second is read later, and loses nothing", Shards, One, Three) {
  auto options = strict<Shards>();
  options.intake = {.messages_per_second = 0, .bytes_per_second = 64 << 10};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 4; ++i) viewer.say(R"({"type":"ping","ref":)" + std::to_string(i) + R"(,"x":")" + std::string(50'000, 'x') + "\"}");
  for (int i = 0; i < 4; ++i) REQUIRE(viewer.hear(R"("type":"pong")").starts_with(R"({"type":"pong","ref":)" + std::to_string(i) + ","));
  CHECK(std::chrono::steady_clock::now() - begun >= milliseconds{950});
}

TEST_CASE_TEMPLATE("who is over its rates is not taken for dead meanwhile, nor does its close get lost", Shards, One, Three) {
  auto options = strict<Shards>();
  options.intake = {.messages_per_second = 10, .bytes_per_second = 0};
  options.shard.session.heartbeat = milliseconds{200};
  options.shard.session.timeout = milliseconds{600};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  std::string wire;
  for (int i = 0; i < 40; ++i) ws::append_frame(wire, ws::Opcode::pong, {}, ws::MaskingKey{1, 2, 3, 4});
  ws::append_frame(wire, ws::Opcode::text, R"({"type":"ping","ref":"last"})", ws::MaskingKey{1, 2, 3, 4});
  ws::append_close(wire, 1000, {}, ws::MaskingKey{1, 2, 3, 4});
  viewer.say_raw(wire);  // two seconds of it are over the burst
  viewer.hear(R"("ref":"last")");
  CHECK(viewer.hear_close().code == 1000);
}

TEST_CASE("a server that stood still takes nobody for dead who could not be heard meanwhile") {
  ServerOptions options;
  options.shards = 1;
  options.shard.session.heartbeat = milliseconds{200};
  options.shard.session.timeout = milliseconds{600};
  options.raw["/stop"].on_message = [](RawConnection& from, const RawMessage& message) {
    std::this_thread::sleep_for(milliseconds{1500});
    from.send(message);
  };
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  viewer.hear(R"("type":"welcome")");
  ConnectionForTest raw{server.port()};
  raw.send(*ws::build_client_request({.host = "localhost", .path = "/stop", .key = kKeyForTest, .subprotocol = {}, .headers = {}}));
  std::string heard;
  while (heard.find("\r\n\r\n") == std::string::npos) heard += raw.receive();
  std::string wire;
  ws::append_frame(wire, ws::Opcode::text, "x", ws::MaskingKey{1, 2, 3, 4});
  raw.send(wire);
  CHECK(raw.receive().starts_with(std::string{"\x81\x01x", 3}));
  viewer.say(R"({"type":"ping","ref":1})");
  viewer.hear(R"("type":"pong")");
}

TEST_CASE_TEMPLATE("who is exempt says as much as it likes", Shards, One, Three) {
  ServerOptions options;
  options.shards = Shards::value;
  options.intake = {.messages_per_second = 1, .bytes_per_second = 1024};
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port()};
  CHECK(viewer.hear(R"("type":"welcome")").find(R"("publish_per_second":0)") != std::string::npos);
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) viewer.say(R"({"type":"ping","ref":)" + std::to_string(i) + "}");
  viewer.hear(R"("ref":999)");
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds{10});
  // Nor is it a pause when messages wait for the answers to those before them.
  std::string wire;
  for (int i = 0; i < 3000; ++i) {
    ws::append_frame(wire, ws::Opcode::text, R"({"type":"publish","channel":"a:b","key":"k","data":{},"ref":"p)" + std::to_string(i) + "\"}", ws::MaskingKey{1, 2, 3, 4});
  }
  viewer.say_raw(wire);
  viewer.hear(R"("ref":"p2999")");
  CHECK(metric(server.port(), "starling_websocket_pauses_total") == "0");
}

TEST_CASE_TEMPLATE("a raw door is limited as a viewer is, and closed with 1012 at a stop", Shards, One, Three) {
  auto options = strict<Shards>();
  options.intake = {.messages_per_second = 100, .bytes_per_second = 0};
  options.raw["/echo"].on_message = [](RawConnection& connection, const RawMessage& message) { connection.send(message); };
  ServerForTest server{std::move(options)};
  ConnectionForTest connection{server.port()};
  const auto request = ws::build_client_request({.host = "localhost", .path = "/echo", .key = kKeyForTest, .subprotocol = {}, .headers = {}});
  REQUIRE(request);
  connection.send(*request);
  std::string heard;
  while (heard.find("\r\n\r\n") == std::string::npos) heard += connection.receive();
  heard.erase(0, heard.find("\r\n\r\n") + 4);
  std::string wire;
  for (int i = 0; i < 300; ++i) ws::append_frame(wire, ws::Opcode::text, "x", ws::MaskingKey{1, 2, 3, 4});
  const auto begun = std::chrono::steady_clock::now();
  connection.send(wire);
  while (heard.size() < 300 * 3) heard += connection.receive();
  CHECK(heard.size() == 300 * 3);
  CHECK(std::chrono::steady_clock::now() - begun >= milliseconds{900});
  std::thread stopping{[&] { server.stop(); }};
  std::string close;
  while (close.size() < 4) close += connection.receive();
  CHECK(close.substr(0, 4) == std::string{"\x88\x09\x03\xF4", 4});
  stopping.join();
}

}  // namespace
}  // namespace starling

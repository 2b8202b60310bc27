// What a client's connection makes of frames, and what frames it makes.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "starling/client/server_for_test.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"

namespace starling::client {
namespace {

using session::ClientSession;

TEST_CASE("deflate is offered; what is agreed is read, whether the server keeps its window or not, and what is long is deflated") {
  for (const bool is_kept : {true, false}) {
    CAPTURE(is_kept);
    std::string request;
    std::vector<std::string> heard;
    std::size_t subscribe_bytes = 0;
    ServerForTest server{[&](int listener) {
      Peer peer{listener};
      request = peer.request();
      peer.upgrade("starling.v1", {}, is_kept ? "permessage-deflate" : "permessage-deflate; server_no_context_takeover");
      KeepingDeflater kept;
      ws::Deflater fresh;
      const auto say = [&](std::string_view text) {
        if (is_kept) return peer.send(kept.frame(text));
        std::string wire;
        const auto deflated = fresh.deflate(text);
        ws::append_frame(wire, ws::Opcode::text, deflated.value_or(text), std::nullopt, deflated.has_value());
        peer.send(wire);
      };
      say(kWelcome);
      heard.push_back(peer.hear());
      subscribe_bytes = peer.received_bytes();
      say(kSubscribed);
      say(kSnapshot);
      // Nearly all of it stands in the window.
      say(R"({"type":"update","id":1,"seq":8,"channels":{"a:b":{"patch":{"k":{"x":2}}}}})");
      peer.say(R"({"type":"update","id":1,"seq":9,"channels":{"a:b":{"patch":{"k":{"x":3}}}}})");
      peer.close(4401);
    }};
    net::EventLoop loop;
    std::vector<std::string> frames;
    client::Connection connection{loop, server.options(), {.on_frame = [&](std::string_view text) { frames.emplace_back(text); }}};
    view::Query query{.channels = {"a:b"}, .filter = {}, .fields = std::nullopt};
    query.filter.keys.emplace().push_back(std::string(900, 'k'));
    connection.subscribe(1, std::move(query));
    CHECK_FALSE(connection.run());
    server.join();
    CHECK(request.find("\r\nSec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n") != std::string::npos);
    REQUIRE(heard.size() == 1);
    CHECK(heard[0].find(std::string(900, 'k')) != std::string::npos);
    CHECK(subscribe_bytes < 200);
    REQUIRE(frames.size() == 5);
    CHECK(frames[0] == kWelcome);
    CHECK(frames[2] == kSnapshot);
    CHECK(frames[4].find(R"("x":3)") != std::string::npos);
  }
}

TEST_CASE("a server that agrees to another extension, or to deflate in a way we did not offer, is no server of ours") {
  for (const std::string_view extensions : {"x-other", "permessage-deflate; client_max_window_bits=9"}) {
    CAPTURE(extensions);
    ServerForTest server{[&](int listener) { Peer{listener}.upgrade("starling.v1", kWelcome, extensions); }};
    net::EventLoop loop;
    client::Connection connection{loop, server.options(), {}};
    const auto ended = connection.run();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().find("extension") != std::string::npos);
  }
}

TEST_CASE("frames in the segment of the handshake's answer are read") {
  ServerForTest server{[](int listener) {
    Peer peer{listener};
    const std::size_t key_at = peer.request().find("Sec-WebSocket-Key: ") + 19;
    std::string answer = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: starling.v1\r\nSec-WebSocket-Accept: " +
                         ws::accept_key(peer.request().substr(key_at, 24)) + "\r\n\r\n";
    ws::append_frame(answer, ws::Opcode::text, kWelcome);
    ws::append_frame(answer, ws::Opcode::ping, "first");
    ws::append_close(answer, 4400);
    peer.send(answer);
    CHECK(peer.hear() == "pong first");
    CHECK(peer.hear() == "4400");
  }};
  net::EventLoop loop;
  std::vector<std::string> frames;
  Connection connection{loop, server.options(), {.on_frame = [&](std::string_view text) { frames.emplace_back(text); }}};
  const auto ended = connection.run();
  REQUIRE(!ended);
  CHECK(ended.error() == "the server closes with 4400");
  CHECK(frames == std::vector<std::string>{std::string{kWelcome}});
}

TEST_CASE("what is no frame of a server's is answered with the code that says so, and no other frame") {
  struct Case {
    std::string_view name;
    std::string bytes;
    std::string_view want;
  };
  std::string masked;
  ws::append_frame(masked, ws::Opcode::text, kWelcome, ws::MaskingKey{1, 2, 3, 4});
  std::string not_utf8;
  ws::append_frame(not_utf8, ws::Opcode::text, "\xff");
  std::string binary;
  ws::append_frame(binary, ws::Opcode::binary, "x");
  std::string too_long;
  ws::append_frame_header(too_long, ws::Opcode::text, true, 1001);
  for (const Case& c : {Case{"masked", masked, "1002"}, Case{"reserved bits", "\xC1\x01x", "1002"}, Case{"not UTF-8", not_utf8, "1007"}, Case{"binary", binary, "1003"},
                        Case{"over message_bytes_max", too_long, "1009"}}) {
    CAPTURE(c.name);
    ServerForTest server{[&](int listener) {
      Peer peer{listener};
      peer.upgrade();
      peer.send(c.bytes);
      CHECK(peer.hear() == c.want);
      CHECK(peer.hear().empty());
    }};
    ConnectionOptions options = server.options();
    options.attempts = 0;
    options.message_bytes_max = 1000;
    net::EventLoop loop;
    Connection connection{loop, options, {}};
    CHECK(!connection.run());
  }
}

TEST_CASE("who has said good-bye says nothing else, whatever comes before the server's") {
  std::vector<std::string> heard;
  ServerForTest server{[&](int listener) {
    Peer peer{listener};
    peer.upgrade("starling.v1", kWelcome);
    heard.push_back(peer.hear());  // the close
    std::string late;
    ws::append_frame(late, ws::Opcode::text, "{}");
    ws::append_frame(late, ws::Opcode::ping, "late");
    ws::append_frame(late, ws::Opcode::binary, "late");
    ws::append_close(late, 1000);
    peer.send(late);
    heard.push_back(peer.hear_bytes(1));
  }};
  net::EventLoop loop;
  Connection* self = nullptr;
  Connection connection{loop, server.options(), {.on_notice = [&](const ClientSession::Notice&) { self->stop(); }}};
  self = &connection;
  CHECK(connection.run());
  server.join();
  CHECK(heard == std::vector<std::string>{"1000", ""});
}

TEST_CASE("every frame is masked with a key of its own, and every handshake has a key of its own") {
  std::vector<std::string> masks, keys;
  ServerForTest server{[&](int listener) {
    for (int i = 0; i < 2; ++i) {
      Peer peer{listener};
      const std::size_t key_at = peer.request().find("Sec-WebSocket-Key: ") + 19;
      keys.push_back(peer.request().substr(key_at, 24));
      peer.upgrade();
      for (int ping = 0; ping < 8; ++ping) peer.say(ws::Opcode::ping, "p");
      constexpr std::size_t kFrameBytes = 2 + 4 + 1;
      const std::string bytes = peer.hear_bytes(8 * kFrameBytes);
      for (std::size_t at = 0; at + kFrameBytes <= bytes.size(); at += kFrameBytes) {
        CHECK(bytes.substr(at, 2) == "\x8A\x81");  // a pong of one byte, masked
        masks.push_back(bytes.substr(at + 2, 4));
      }
    }
  }};
  ConnectionOptions options = server.options();
  options.attempts = 1;
  net::EventLoop loop;
  Connection connection{loop, options, {}};
  CHECK(!connection.run());
  server.join();
  REQUIRE(masks.size() == 16);
  std::sort(masks.begin(), masks.end());
  // Of 16 keys of 32 bits two are alike once in 36 million runs.
  CHECK(std::adjacent_find(masks.begin(), masks.end()) == masks.end());
  REQUIRE(keys.size() == 2);
  CHECK(keys[0] != keys[1]);
}

}  // namespace
}  // namespace starling::client

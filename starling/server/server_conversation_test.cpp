// WebSocket conversations with a server over real sockets: frames, pings, closing, and a viewer that does not read.
#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "starling/server/client_for_test.hpp"
#include "starling/server/shards_for_test.hpp"

namespace starling {
namespace {

TEST_CASE_TEMPLATE("what is no WebSocket conversation ends with the code that says so", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  std::string unmasked;
  ws::append_frame(unmasked, ws::Opcode::text, "{}");
  std::string too_long;
  ws::append_frame_header(too_long, ws::Opcode::text, true, (256 << 10) + 1, ws::MaskingKey{});
  std::string not_utf8;
  ws::append_frame(not_utf8, ws::Opcode::text, "\xff", ws::MaskingKey{});
  std::string binary;
  ws::append_frame(binary, ws::Opcode::binary, "x", ws::MaskingKey{});
  struct Case {
    std::string_view name;
    std::string bytes;
    ws::CloseCode want;
  };
  for (const Case& c : {Case{"not masked", unmasked, 1002}, Case{"over message_bytes", too_long, 1009},
                        Case{"not UTF-8", not_utf8, 1007}, Case{"binary", binary, 1003}}) {
    CAPTURE(c.name);
    ViewerForTest viewer{server.port()};
    viewer.say_raw(c.bytes);
    CHECK(viewer.hear_close().code == c.want);
  }
  // A message of exactly message_bytes is one, though not one we know.
  ViewerForTest viewer{server.port()};
  viewer.say(std::string(256 << 10, ' '));
  viewer.hear(R"("code":"bad_message")");
}

TEST_CASE_TEMPLATE("pings are answered, and a close with the same code; then the server hangs up", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  ViewerForTest viewer{server.port()};
  viewer.say(ws::Opcode::ping, "are you there");
  while (true) {
    const auto event = viewer.next();
    REQUIRE(event);
    if (const auto* pong = std::get_if<ws::Pong>(&*event)) {
      CHECK(pong->payload == "are you there");
      break;
    }
  }
  std::string close;
  ws::append_close(close, 4321, "done", ws::MaskingKey{});
  viewer.say_raw(close);
  CHECK(viewer.hear_close().code == 4321);
  CHECK(viewer.hears_end());
}

TEST_CASE_TEMPLATE("a close is answered although the peer hung up right behind it, and a mere hanging up is noticed", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  std::string close;
  ws::append_close(close, 1000, {}, ws::MaskingKey{});
  for (const bool is_whole : {true, false}) {
    CAPTURE(is_whole);
    ViewerForTest viewer{server.port()};
    viewer.hear(R"("type":"welcome")");
    viewer.say_raw(is_whole ? close : close.substr(0, 3));
    viewer.end_sending();
    if (is_whole) CHECK(viewer.hear_close().code == 1000);
    CHECK(viewer.hears_end());
  }
}

TEST_CASE_TEMPLATE("frames right behind the upgrade are read, in the same segment or in the middle of one", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  const auto request = ws::build_client_request({.host = "localhost", .path = "/live", .key = kKeyForTest, .subprotocol = "starling.v1", .headers = {}});
  REQUIRE(request);
  std::string frames;
  ws::append_frame(frames, ws::Opcode::text, R"({"type":"ping","ref":"at once"})", ws::MaskingKey{1, 2, 3, 4});
  for (const std::size_t held_back : {std::size_t{0}, std::size_t{1}, frames.size() - 1, frames.size()}) {
    CAPTURE(held_back);
    ConnectionForTest connection{server.port()};
    const std::string bytes = *request + frames;
    connection.send(std::string_view{bytes}.substr(0, bytes.size() - held_back));
    std::string heard = connection.receive();  // the agreement at least
    connection.send(std::string_view{bytes}.substr(bytes.size() - held_back));
    while (heard.find(R"({"type":"pong","ref":"at once")") == std::string::npos) {
      const std::string more = connection.receive();
      REQUIRE(!more.empty());
      heard += more;
    }
    CHECK(heard.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  }
}

TEST_CASE_TEMPLATE("the closing handshake ends in whatever order it goes", Shards, One, Three) {
  ServerForTest server{of<Shards>()};
  const auto frame = [](ws::Opcode opcode, std::string_view payload) {
    std::string wire;
    ws::append_frame(wire, opcode, payload, ws::MaskingKey{1, 2, 3, 4});
    return wire;
  };
  std::string close;
  ws::append_close(close, 1000, "done", ws::MaskingKey{5, 6, 7, 8});
  const std::string binary = frame(ws::Opcode::binary, "x");  // makes the server close with 1003
  struct Case {
    std::string_view name;
    std::string first;   // then the server's close is heard
    std::string second;  // then it hangs up
    ws::CloseCode want;
  };
  for (const Case& c : {
           Case{"the viewer first", close, "", 1000},
           Case{"the viewer first, with data and a ping behind it", close + frame(ws::Opcode::text, R"({"type":"ping"})") + frame(ws::Opcode::ping, "p"), "", 1000},
           Case{"the viewer first, inside a message", frame(ws::Opcode::ping, "") + std::string{"\x01\x81\x00\x00\x00\x00x", 7} + close, "", 1000},
           Case{"the viewer first, without a code", frame(ws::Opcode::close, ""), "", ws::close_code::kNoStatusReceived},
           Case{"the server first", binary, close, 1003},
           Case{"the server first, and more data comes before the answer", binary, frame(ws::Opcode::text, "{}") + binary + close, 1003},
           Case{"both at once", binary + close, "", 1003},
           Case{"the server first, and what answers is no frame", binary, "\xFF\xFF", 1003},
           Case{"a viewer that breaks the protocol is not waited for", "\xFF\xFF", "", 1002},
           Case{"nor is its close read", "\xFF\xFF" + close, "", 1002},
       }) {
    CAPTURE(c.name);
    ViewerForTest viewer{server.port()};
    viewer.hear(R"("type":"welcome")");
    const auto begun = std::chrono::steady_clock::now();
    viewer.say_raw(c.first);
    int others = 0;
    std::optional<ws::Close> heard;
    while (auto event = viewer.next()) {
      if (const auto* said = std::get_if<ws::Close>(&*event)) heard = *said;
      others += heard ? 0 : !std::holds_alternative<ws::Pong>(*event);
    }
    REQUIRE(heard);
    CHECK(heard->code == c.want);
    CHECK(others == 0);
    viewer.say_raw(c.second);
    CHECK(viewer.hears_end());
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::milliseconds{1900});  // it did not run into the 2 s of who never answers
  }
}

TEST_CASE_TEMPLATE("a viewer that does not read costs nobody else anything, and gets the present when it reads again", Shards, One, Three) {
  auto options = of<Shards>();
  options.shard.fanout.tick = std::chrono::milliseconds{5};
  ServerForTest server{std::move(options)};
  ViewerForTest sleeper{server.port(), 16 << 10};
  ViewerForTest reader{server.port()};
  for (ViewerForTest* viewer : {&sleeper, &reader}) {
    viewer->subscribe("a:b");
    viewer->hear(R"("type":"snapshot")");
  }
  // Many times what fits into sockets, each time other bytes.
  for (int round = 0; round < 400; ++round) {
    const std::string record = "{\"round\":" + std::to_string(round) + ",\"x\":\"" +
                               std::string(50'000, static_cast<char>('a' + round % 26)) + "\"}";
    REQUIRE(post(server.port(), "/api/v1/publish/a:b?key=1", record).status == 200);
  }
  const auto is_last = [](const ViewerForTest& viewer) {
    return viewer.record("a:b", "1").starts_with(R"({"round":399,)");
  };
  while (!is_last(reader)) reader.hear(R"("type":"update")");
  int updates = 0;
  while (!is_last(sleeper)) {
    sleeper.hear(R"("type":"update")");
    ++updates;
  }
  CHECK(updates < 100);  // of 400: the rest was folded, not queued
  CHECK(get(server.port(), "/metrics").body.find("starling_sessions 2\n") != std::string::npos);
}

}  // namespace
}  // namespace starling

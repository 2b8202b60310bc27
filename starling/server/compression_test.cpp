/// permessage-deflate (RFC 7692) over real sockets: viewers with and without it are told the same.
#include <doctest/doctest.h>
#include <malloc.h>

#include <atomic>
#include <memory>
#include <type_traits>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/server/client_for_test.hpp"

extern "C" std::size_t __sanitizer_get_current_allocated_bytes() __attribute__((weak));

namespace starling {
namespace {

/// On the heap now, of all threads.
std::size_t allocated_bytes() {
  return __sanitizer_get_current_allocated_bytes ? __sanitizer_get_current_allocated_bytes() : ::mallinfo2().uordblks;
}

using One = std::integral_constant<std::size_t, 1>;
using Three = std::integral_constant<std::size_t, 3>;

constexpr std::string_view kOffer = "permessage-deflate; client_max_window_bits";
constexpr std::string_view kAnswer = "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";

ServerOptions of(std::size_t shards) {
  ServerOptions options;
  options.shards = shards;
  return options;
}

std::uint64_t measured(std::uint16_t port, const std::string& name) {
  const std::string text = get(port, "/metrics").body;
  const std::size_t at = text.find("\n" + name + " ");
  REQUIRE(at != std::string::npos);
  return std::stoull(text.substr(at + name.size() + 2));
}

TEST_CASE_TEMPLATE("who deflates is told the same as who does not, in fewer bytes", Shards, One, Three) {
  ServerForTest server{of(Shards::value)};
  ViewerForTest plain{server.port()}, deflating{server.port(), 0, kOffer};
  CHECK(plain.head().find("Sec-WebSocket-Extensions") == std::string::npos);
  CHECK(deflating.head().find(kAnswer) != std::string::npos);
  const std::string text(5'000, 'x');
  for (ViewerForTest* viewer : {&plain, &deflating}) {
    viewer->subscribe("a:b");
    viewer->hear(R"("type":"snapshot")");
    viewer->take_received_bytes();
  }
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"text":")" + text + R"("})").status == 200);
  for (ViewerForTest* viewer : {&plain, &deflating}) {
    viewer->hear(R"("type":"update")");
    CHECK(viewer->record("a:b", "1") == R"({"text":")" + text + R"("})");
  }
  CHECK(plain.take_received_bytes() > 5'000);
  CHECK(deflating.take_received_bytes() < 300);
}

TEST_CASE("a frame is deflated once for everybody it goes to, and a short one is not") {
  ServerForTest server{of(1)};
  std::vector<std::unique_ptr<ViewerForTest>> viewers;
  for (int i = 0; i < 5; ++i) {
    viewers.push_back(std::make_unique<ViewerForTest>(server.port(), 0, kOffer));
    viewers.back()->subscribe("a:b");
    viewers.back()->hear(R"("type":"snapshot")");
  }
  const auto publish = [&](const std::string& data) {
    CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", data).status == 200);
    for (const auto& viewer : viewers) viewer->hear(R"("type":"update")");
  };
  publish(R"({"n":1})");
  const std::uint64_t before = measured(server.port(), "starling_deflated_frames_total");
  const std::uint64_t bytes_before = measured(server.port(), "starling_deflated_bytes_before_total");
  const std::uint64_t bytes_after = measured(server.port(), "starling_deflated_bytes_after_total");
  publish(R"({"n":2})");
  CHECK(measured(server.port(), "starling_deflated_frames_total") == before);
  publish(R"({"n":3,"text":")" + std::string(2'000, 'x') + R"("})");
  CHECK(measured(server.port(), "starling_deflated_frames_total") == before + 1);
  CHECK(measured(server.port(), "starling_deflated_bytes_before_total") - bytes_before > 2'000);
  CHECK(measured(server.port(), "starling_deflated_bytes_after_total") - bytes_after < 200);
}

TEST_CASE_TEMPLATE("what a viewer deflates is read, among what it does not", Shards, One, Three) {
  ServerForTest server{of(Shards::value)};
  ViewerForTest viewer{server.port(), 0, kOffer}, other{server.port(), 0, kOffer};
  const std::string publish = R"({"type":"publish","channel":"a:b","key":"k","data":{"text":")" + std::string(3'000, 'x') + R"("},"ref":7})";
  for (int i = 0; i < 3; ++i) {
    viewer.say_deflated(publish);
    viewer.hear(R"("type":"ok")");
    viewer.say(R"({"type":"ping"})");
    viewer.hear(R"("type":"pong")");
    other.say_deflated(R"({"type":"ping","ref":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})");
    other.hear(R"("type":"pong")");
  }
}

TEST_CASE_TEMPLATE("compressed data that is broken, over the limit or not agreed on ends with the code that says so", Shards, One, Three) {
  ServerForTest server{of(Shards::value)};
  const auto frame = [](std::string_view payload) {
    std::string wire;
    ws::append_frame(wire, ws::Opcode::text, payload, ws::MaskingKey{1, 2, 3, 4}, true);
    return wire;
  };
  ws::Deflater deflater;
  const std::size_t limit = 256 << 10;
  const std::string at_limit = frame(deflater.deflate(std::string(limit, ' ')).value());
  const std::string above = frame(deflater.deflate(std::string(limit + 1, ' ')).value());
  const std::string bomb = frame(deflater.deflate(std::string(20'000'000, ' ')).value());
  struct Case {
    std::string_view name;
    std::string_view offer;
    std::string bytes;
    ws::CloseCode want;
  };
  for (const Case& c : {Case{"broken", kOffer, frame("\x07"), 1007}, Case{"a byte over the limit", kOffer, above, 1009}, Case{"a bomb", kOffer, bomb, 1009},
                        Case{"not agreed on", {}, at_limit, 1002}, Case{"not UTF-8", kOffer, frame(deflater.deflate(std::string(1'000, '\xFF')).value()), 1007}}) {
    CAPTURE(c.name);
    ViewerForTest viewer{server.port(), 0, c.offer};
    viewer.say_raw(c.bytes);
    CHECK(viewer.hear_close().code == c.want);
  }
  ViewerForTest viewer{server.port(), 0, kOffer};
  viewer.say_raw(at_limit);
  viewer.hear(R"("code":"bad_message")");
}

TEST_CASE("without compression every offer of it is declined, and what is sent is plain") {
  ServerOptions options = of(1);
  options.compression = false;
  ServerForTest server{std::move(options)};
  ViewerForTest viewer{server.port(), 0, kOffer};
  CHECK(viewer.head().find("Sec-WebSocket-Extensions") == std::string::npos);
  viewer.subscribe("a:b");
  viewer.hear(R"("type":"snapshot")");
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"text":")" + std::string(5'000, 'x') + R"("})").status == 200);
  viewer.hear(R"("type":"update")");
  CHECK(viewer.take_received_bytes() > 5'000);
}

TEST_CASE("a viewer that deflates and does not read weighs what others do, and gets the present when it reads again") {
  ServerForTest server{of(1)};
  ViewerForTest viewer{server.port(), 4 << 10, kOffer};
  viewer.subscribe("a:b");
  viewer.hear(R"("type":"snapshot")");
  for (int i = 0; i < 200; ++i) {
    std::string data = R"({"n":)" + std::to_string(i) + R"(,"text":")";
    data.append(50'000, static_cast<char>('a' + i % 26));
    CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", data + R"("})").status == 200);
  }
  CHECK(post(server.port(), "/api/v1/publish/a:b?key=1", R"({"n":"last","text":""})").status == 200);
  while (viewer.record("a:b", "1") != R"({"n":"last","text":""})") viewer.hear(R"("type":"update")");
}

TEST_CASE("what is small until it is inflated stays small while it has to wait") {
  constexpr std::size_t kBombs = 50, kBombBytes = 1 << 20, kAnswerBytes = 8 << 20;  // no socket takes that at once
  std::atomic<std::size_t> messages = 0;
  Random random{1};
  std::string answer(kAnswerBytes, '\0');  // and it cannot be deflated
  for (char& c : answer) c = static_cast<char>(random.below(256));
  ServerOptions options = of(1);
  options.raw["/raw"] = {.on_message =
                             [&](RawConnection& from, const RawMessage& message) {
                               if (message.payload == "much") from.send({answer, true});
                               ++messages;
                             },
                         .message_bytes = kBombBytes};
  ServerForTest server{std::move(options)};
  ConnectionForTest connection{server.port(), 4096};
  connection.send(*ws::build_client_request({.host = "localhost", .path = "/raw", .key = kKeyForTest, .subprotocol = {}, .extensions = kOffer, .headers = {}}));
  std::string heard;
  while (heard.find("\r\n\r\n") == std::string::npos) heard += connection.receive();
  REQUIRE(heard.find(kAnswer) != std::string::npos);
  ws::Deflater deflater{9};
  const std::string bomb{*deflater.deflate(std::string(kBombBytes, 'x'))};
  std::string wire;
  ws::append_frame(wire, ws::Opcode::text, "much", ws::MaskingKey{1, 2, 3, 4});
  for (std::size_t i = 0; i < kBombs; ++i) ws::append_frame(wire, ws::Opcode::text, bomb, ws::MaskingKey{1, 2, 3, 4}, true);
  REQUIRE(wire.size() < 64 << 10);  // one read of the server

  const std::size_t before = allocated_bytes();
  connection.send(wire);
  while (messages == 0) std::this_thread::yield();
  REQUIRE(get(server.port(), "/healthz").status == 200);  // by the same thread: what came behind has been looked at
  const std::size_t waiting = allocated_bytes() - before;
  CHECK(messages == 1);
  CHECK(waiting < 2 * kAnswerBytes + 4 * kBombBytes);  // what goes out, as it is and deflated, and the one message that waits

  for (std::size_t bytes = 0; bytes < kAnswerBytes;) bytes += connection.receive().size();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{10};
  while (messages < 1 + kBombs && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  CHECK(messages == 1 + kBombs);
}

}  // namespace
}  // namespace starling

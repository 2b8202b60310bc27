#include "starling/client/connection.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <thread>

#include "starling/client/answer_head.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/io/net/descriptor.hpp"

namespace starling::client {
namespace {

using session::ClientSession;

constexpr std::string_view kWelcome = R"({"type":"welcome","epoch":"e","timeout_ms":60000})";
constexpr std::string_view kSubscribed = R"({"type":"subscribed","id":1,"seq":7,"view":"v","resumed":false,"reason":"new"})";
constexpr std::string_view kSnapshot = R"({"type":"snapshot","id":1,"seq":7,"channels":{"a:b":{"k":{"x":1}}},"more":false})";

/// One connection of a server that says what the test tells it to, blocking; ten seconds of silence are its end.
class Peer {
 public:
  explicit Peer(int listener) : socket_(::accept(listener, nullptr, nullptr)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    while (request_.find("\r\n\r\n") == std::string::npos && receive(request_)) {
    }
  }

  [[nodiscard]] const std::string& request() const noexcept { return request_; }
  void upgrade(std::string_view subprotocol = "starling.v1", std::string_view at_once = {}, std::string_view extensions = {}) {
    const std::size_t key_at = request_.find("Sec-WebSocket-Key: ") + 19;
    const std::string key = request_.substr(key_at, request_.find("\r\n", key_at) - key_at);
    std::string answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + ws::accept_key(key);
    if (!subprotocol.empty()) answer += "\r\nSec-WebSocket-Protocol: " + std::string{subprotocol};
    if (!extensions.empty()) {
      answer += "\r\nSec-WebSocket-Extensions: " + std::string{extensions};
      reader_ = ws::MessageReader{ws::Role::server, {}, &inflater_};
    }
    answer += "\r\n\r\n";
    if (!at_once.empty()) ws::append_frame(answer, ws::Opcode::text, at_once);
    // A byte at a time to the end of the head: it must not matter how it comes.
    for (const char byte : answer) send({&byte, 1});
  }
  void send(std::string_view bytes) { (void)!::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void say(ws::Opcode opcode, std::string_view payload) {
    std::string wire;
    ws::append_frame(wire, opcode, payload);
    send(wire);
  }
  void say(std::string_view text) { say(ws::Opcode::text, text); }
  /// In what was received last.
  [[nodiscard]] std::size_t received_bytes() const noexcept { return received_.size(); }
  void close(ws::CloseCode code) {
    std::string wire;
    ws::append_close(wire, code);
    send(wire);
  }
  /// The bytes that come next, as they come: so many at least, unless it hangs up before.
  std::string hear_bytes(std::size_t at_least) {
    std::string bytes;
    while (bytes.size() < at_least && receive(bytes)) {
    }
    return bytes;
  }
  /// What the client says next, however framed; a close is its code, the end is "".
  std::string hear() {
    while (true) {
      while (auto event = reader_.next()) {
        if (const auto* text = std::get_if<ws::TextMessage>(&*event)) return text->text;
        if (const auto* pong = std::get_if<ws::Pong>(&*event)) return "pong " + pong->payload;
        if (const auto* close = std::get_if<ws::Close>(&*event)) return std::to_string(close->code);
      }
      received_.clear();
      if (reader_.is_finished() || !receive(received_)) return {};
      reader_.receive(as_bytes(received_));
    }
  }

 private:
  bool receive(std::string& into) {
    std::array<char, 4096> bytes;
    const ssize_t received = ::recv(socket_.number(), bytes.data(), bytes.size(), 0);
    if (received <= 0) return false;
    into.append(bytes.data(), static_cast<std::size_t>(received));
    return true;
  }

  net::Descriptor socket_;
  std::string request_;
  std::string received_;
  ws::Inflater inflater_;
  ws::MessageReader reader_{ws::Role::server};
};

/// A server's deflater that keeps its window from message to message.
class KeepingDeflater {
 public:
  KeepingDeflater() { STARLING_CHECK(deflateInit2(&stream_, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK); }
  ~KeepingDeflater() { deflateEnd(&stream_); }
  KeepingDeflater(const KeepingDeflater&) = delete;
  KeepingDeflater& operator=(const KeepingDeflater&) = delete;
  std::string frame(std::string_view text) {
    std::array<char, 4096> out;
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text.data()));
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = out.size();
    deflate(&stream_, Z_SYNC_FLUSH);
    std::string wire;
    ws::append_frame(wire, ws::Opcode::text, {out.data(), out.size() - stream_.avail_out - 4}, std::nullopt, true);
    return wire;
  }

 private:
  z_stream stream_{};
};

/// A port of ours and the script of who answers there, in a thread of its own.
class ServerForTest {
 public:
  explicit ServerForTest(std::function<void(int listener)> script) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.number(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_.number(), 8) == 0);
    ::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this, script = std::move(script)] { script(listener_.number()); }};
  }
  ~ServerForTest() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] ConnectionOptions options() const {
    constexpr Duration kSoon = std::chrono::milliseconds{1};
    return {.url = {.host = "127.0.0.1", .port = port_, .path = "/live"}, .attempts = 3, .backoff = {.first = kSoon, .max = kSoon}};
  }

 private:
  net::Descriptor listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

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

TEST_CASE("after a loss the subscription is taken up where it was") {
  std::vector<std::string> heard;
  std::string request;
  ServerForTest server{[&](int listener) {
    {
      Peer first{listener};
      request = first.request();
      first.upgrade("starling.v1", kWelcome);
      heard.push_back(first.hear());
      first.say(kSubscribed);
      first.say(kSnapshot);
      first.say(ws::Opcode::ping, "are you there");
      heard.push_back(first.hear());
    }
    Peer second{listener};
    second.upgrade();
    second.say(kWelcome);
    heard.push_back(second.hear());
    second.say(R"({"type":"subscribed","id":1,"seq":9,"view":"v","resumed":true,"reason":"resumed"})");
    second.say(R"({"type":"update","id":1,"seq":9,"channels":{"a:b":{"patch":{"k":{"x":2}}}}})");
    heard.push_back(second.hear());
    second.close(1000);
  }};
  net::EventLoop loop;
  std::vector<std::string> frames;
  std::vector<Loss> losses;
  int connected = 0;
  Connection* self = nullptr;
  Connection connection{loop, server.options(),
                        {.on_connected = [&] { ++connected; },
                         .on_frame = [&](std::string_view text) { frames.emplace_back(text); },
                         .on_notice =
                             [&](const ClientSession::Notice& notice) {
                               const auto* stepped = std::get_if<ClientSession::Stepped>(&notice);
                               if (stepped != nullptr && stepped->step.seq == 9) self->stop();
                             },
                         .on_lost = [&](const Loss& loss) { losses.push_back(loss); }}};
  self = &connection;
  connection.subscribe(1, {.channels = {"a:b"}, .filter = {}, .fields = {}});
  const auto ended = connection.run();
  server.join();
  CHECK(ended);
  CHECK(request.starts_with("GET /live HTTP/1.1\r\n"));
  CHECK(request.ends_with("\r\n\r\n"));  // nothing follows before it is answered
  CHECK(request.find("Sec-WebSocket-Protocol: starling.v1\r\n") != std::string::npos);
  CHECK(connected == 2);
  REQUIRE(losses.size() == 1);
  CHECK(losses[0].was_connected);
  CHECK(heard == std::vector<std::string>{R"({"type":"subscribe","id":1,"channels":["a:b"]})", "pong are you there",
                                          R"({"type":"subscribe","id":1,"channels":["a:b"],"since":{"epoch":"e","seq":7,"view":"v"}})", "1000"});
  REQUIRE(frames.size() == 6);
  CHECK(frames[0] == kWelcome);
  CHECK(frames[2] == kSnapshot);
  CHECK(connection.session().replica(1)->find("a:b")->at("k").text() == R"({"x":2})");
}

TEST_CASE("what cannot get better ends it at once, with the server's own words") {
  struct Case {
    std::string_view name;
    std::function<void(Peer&)> answer;
    std::string_view why;
  };
  const auto refusal = [](std::string head, std::string body) {
    return [head, body](Peer& peer) {
      peer.send("HTTP/1.1 " + head + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n");
      peer.send(body);
    };
  };
  for (const Case& c : {
           Case{"forbidden", refusal("403 Forbidden", R"({"title":"t","detail":"this Origin is not allowed"})"), "HTTP 403: this Origin is not allowed"},
           Case{"not there", refusal("404 Not Found", "<html>"), "HTTP 404"},
           Case{"no upgrade", refusal("200 OK", "hello"), "HTTP 200"},
           Case{"not HTTP", [](Peer& peer) { peer.send("SSH-2.0-x\r\n\r\n"); }, "not a web server"},
           Case{"an endless head", [](Peer& peer) { peer.send(std::string(kAnswerHeadBytesMax + 1, 'x')); }, "too long"},
           Case{"no subprotocol", [](Peer& peer) { peer.upgrade(""); }, "does not speak starling.v1"},
           Case{"another subprotocol", [](Peer& peer) { peer.upgrade("chat"); }, "subprotocol that was not offered"},
           Case{"another key", [](Peer& peer) { peer.send("HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"); },
                "not for our key"},
           Case{"an extension", [](Peer& peer) { peer.upgrade("starling.v1\r\nSec-WebSocket-Extensions: x-webkit-deflate-frame"); }, "extension that was not offered"},
           Case{"a reason that would write on the screen", [](Peer& peer) { peer.upgrade(); peer.say(ws::Opcode::close, "\x11\x4D\x1B[2J"); (void)peer.hear(); },
                R"(closes with 4429: "\u001b[2J")"},
           Case{"abuse", [](Peer& peer) { peer.upgrade(); peer.close(4429); (void)peer.hear(); }, "closes with 4429"},
           Case{"a token that expired", [](Peer& peer) { peer.upgrade(); peer.close(4101); (void)peer.hear(); }, "closes with 4101"},
       }) {
    CAPTURE(c.name);
    ServerForTest server{[&](int listener) {
      Peer peer{listener};
      c.answer(peer);
      (void)peer.hear();  // until the client has gone
    }};
    net::EventLoop loop;
    Connection connection{loop, server.options(), {}};
    const auto ended = connection.run();
    REQUIRE(!ended);
    CAPTURE(ended.error());
    CHECK(ended.error().find(c.why) != std::string::npos);
  }
}

TEST_CASE("what can get better is tried again, when the server asks for it") {
  ServerForTest server{[](int listener) {
    { Peer{listener}.send("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\n\r\n"); }
    { Peer{listener}.upgrade(); }
    {
      Peer peer{listener};
      peer.upgrade();
      peer.say(R"({"type":"bye","reason":"drain","reconnect_ms":3})");
      peer.close(4201);
      (void)peer.hear();
    }
    {
      Peer peer{listener};
      peer.upgrade();
      peer.say("not JSON");
      (void)peer.hear();
    }
  }};
  ConnectionOptions options = server.options();
  net::EventLoop loop;
  std::vector<Loss> losses;
  Connection connection{loop, options, {.on_lost = [&](const Loss& loss) { losses.push_back(loss); }}};
  const auto ended = connection.run();
  // None was welcomed, so these were tries in a row: one, and three again.
  REQUIRE(!ended);
  CHECK(ended.error().find("breaks the protocol") != std::string::npos);
  REQUIRE(losses.size() == 3);
  CHECK(losses[0].reason == "the server answers HTTP 503");
  CHECK(!losses[0].was_connected);
  CHECK(losses[0].again_in == Duration{0});
  CHECK(losses[1].was_connected);
  CHECK(losses[2].reason == "the server closes with 4201");
  CHECK(losses[2].again_in == std::chrono::milliseconds{3});
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

TEST_CASE("where nobody listens the reason is told") {
  ConnectionOptions options;
  {
    ServerForTest gone{[](int) {}};
    options = gone.options();
  }
  options.attempts = 0;
  net::EventLoop loop;
  Connection connection{loop, options, {}};
  const auto ended = connection.run();
  REQUIRE(!ended);
  CHECK(ended.error() == "Connection refused");
}

TEST_CASE("a server that says nothing is given up") {
  ServerForTest server{[](int listener) { (void)Peer{listener}.hear(); }};
  ConnectionOptions options = server.options();
  options.attempts = 0;
  options.handshake_max = std::chrono::milliseconds{20};
  net::EventLoop loop;
  Connection connection{loop, options, {}};
  const auto ended = connection.run();
  REQUIRE(!ended);
  CHECK(ended.error().starts_with("nothing heard"));
}

TEST_CASE("where TLS is asked for nothing is said without it") {
  std::string said;
  ServerForTest server{[&](int listener) {
    Peer peer{listener};  // until the client hangs up: no request comes
    said = peer.request();
  }};
  ServerForTest plain{[](int listener) {
    const net::Descriptor socket{::accept(listener, nullptr, nullptr)};
    (void)!::send(socket.number(), "SSH-2.0-x\r\n", 11, MSG_NOSIGNAL);
    std::array<char, 4096> bytes;
    while (::recv(socket.number(), bytes.data(), bytes.size(), 0) > 0) {
    }
  }};
  ConnectionOptions options = server.options();
  options.url.is_tls = true;
  options.attempts = 0;
  options.handshake_max = std::chrono::milliseconds{100};
  {
    net::EventLoop loop;
    Connection connection{loop, options, {}};
    CHECK(connection.run().error().starts_with("nothing heard"));
  }
  server.join();
  CHECK(said.find("GET") == std::string::npos);
  CHECK(said.substr(0, 2) == "\x16\x03");

  options.url.port = plain.options().url.port;
  options.attempts = 3;
  options.handshake_max = std::chrono::seconds{10};
  net::EventLoop loop;
  Connection connection{loop, options, {}};
  CHECK(connection.run().error() == "the peer does not speak TLS");

  options.ca_file = "/nowhere/ca.pem";
  Connection unbelieving{loop, options, {}};
  CHECK(unbelieving.run().error().find("/nowhere/ca.pem") != std::string::npos);
}

TEST_CASE("stopped before it runs, it does not connect") {
  net::EventLoop loop;
  Connection connection{loop, {.url = {.host = "127.0.0.1", .port = 1, .path = "/live"}, .attempts = 0}, {}};
  connection.stop();
  CHECK(connection.run());
}

}  // namespace
}  // namespace starling::client

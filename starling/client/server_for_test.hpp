/// @file
/// A server that does what a test tells it to, frame by frame, right or wrong.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "starling/client/connection.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"
#include "starling/io/net/descriptor.hpp"

namespace starling::client {

inline constexpr std::string_view kWelcome = R"({"type":"welcome","epoch":"e","timeout_ms":60000})";
inline constexpr std::string_view kSubscribed = R"({"type":"subscribed","id":1,"seq":7,"view":"v","resumed":false,"reason":"new"})";
inline constexpr std::string_view kSnapshot = R"({"type":"snapshot","id":1,"seq":7,"channels":{"a:b":{"k":{"x":1}}},"more":false})";

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

}  // namespace starling::client

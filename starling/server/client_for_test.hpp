/// @file
/// Clients over real sockets for the tests of the server: plain, and nothing of the server's own I/O in them.
#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "starling/core/session/client_session.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"
#include "starling/io/net/descriptor.hpp"
#include "starling/server/server.hpp"

namespace starling {

/// A server on a free port, running in a thread of its own.
class ServerForTest {
 public:
  explicit ServerForTest(ServerOptions options = {}) : server_(with_free_port(std::move(options))) {
    const auto started = server_.start();
    REQUIRE(started);
    thread_ = std::thread{[this] { server_.run(); }};
  }
  ~ServerForTest() { stop(); }

  /// Returns when it has ended.
  void stop() {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Server& operator*() noexcept { return server_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return server_.port(); }

 private:
  static ServerOptions with_free_port(ServerOptions options) {
    options.listen = {"127.0.0.1:0"};
    return options;
  }
  Server server_;
  std::thread thread_;
};

/// A TCP connection that blocks; ten seconds of silence fail the test.
class ConnectionForTest {
 public:
  explicit ConnectionForTest(std::uint16_t port, int receive_buffer_bytes = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer_bytes > 0) {
      ::setsockopt(socket_.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_.number(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool is_connected() const noexcept { return is_connected_; }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;  // the other end may have said no and gone; what it said is read next
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void end_sending() { ::shutdown(socket_.number(), SHUT_WR); }
  /// The next bytes; empty at the end of what the other end sends.
  std::string receive() {
    std::array<char, 65536> bytes;
    const ssize_t received = ::recv(socket_.number(), bytes.data(), bytes.size(), 0);
    REQUIRE(received >= 0);
    return {bytes.data(), static_cast<std::size_t>(received)};
  }

 private:
  net::Descriptor socket_;
  bool is_connected_ = false;
};

struct HttpAnswer {
  unsigned status = 0;
  std::string head, body;
};

/// Sends the bytes of one request on a connection of its own and reads the answer.
inline HttpAnswer ask(std::uint16_t port, std::string_view request) {
  ConnectionForTest connection{port};
  connection.send(request);
  std::string text;
  std::size_t head_end = std::string::npos;
  std::size_t bytes = 0;
  while (head_end == std::string::npos || text.size() < head_end + 4 + bytes) {
    const std::string more = connection.receive();
    if (more.empty()) break;
    text += more;
    if (head_end != std::string::npos || (head_end = text.find("\r\n\r\n")) == std::string::npos) continue;
    const std::size_t length = text.find("Content-Length: ");
    if (length < head_end) bytes = std::stoul(text.substr(length + 16));
  }
  REQUIRE(head_end != std::string::npos);
  return {.status = static_cast<unsigned>(std::stoul(text.substr(9, 3))),
          .head = text.substr(0, head_end + 2),
          .body = text.substr(head_end + 4)};
}

inline HttpAnswer get(std::uint16_t port, std::string_view target) {
  return ask(port, "GET " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

inline HttpAnswer post(std::uint16_t port, std::string_view target, std::string_view body,
                       std::string_view type = "application/json") {
  return ask(port, "POST " + std::string{target} +
                       " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + std::string{type} +
                       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
}

inline constexpr std::string_view kKeyForTest = "dGhlIHNhbXBsZSBub25jZQ==";

/// A viewer: a WebSocket with a client session on it.
class ViewerForTest {
 public:
  explicit ViewerForTest(std::uint16_t port, int receive_buffer_bytes = 0, std::string_view extensions = {}) : connection_(port, receive_buffer_bytes) {
    const auto request = ws::build_client_request(
        {.host = "localhost", .path = "/live", .key = kKeyForTest, .subprotocol = "starling.v1", .extensions = extensions, .headers = {}});
    REQUIRE(request);
    connection_.send(*request);
    while (received_.find("\r\n\r\n") == std::string::npos) {
      const std::string more = connection_.receive();
      REQUIRE(!more.empty());
      received_ += more;
    }
    REQUIRE(received_.starts_with("HTTP/1.1 101 "));
    head_ = received_.substr(0, received_.find("\r\n\r\n") + 4);
    received_.erase(0, head_.size());
    if (head_.find("permessage-deflate") != std::string::npos) {
      reader_ = ws::MessageReader{ws::Role::client, {.message_bytes_max = 64 << 20}, &inflater_};
    }
    give_received();
  }

  void say(std::string_view text) { say(ws::Opcode::text, text); }
  void say(ws::Opcode opcode, std::string_view payload) {
    std::string wire;
    ws::append_frame(wire, opcode, payload, ws::MaskingKey{1, 2, 3, 4});
    connection_.send(wire);
  }
  /// The same, deflated.
  void say_deflated(std::string_view text) {
    std::string wire;
    ws::append_frame(wire, ws::Opcode::text, deflater_.deflate(text).value(), ws::MaskingKey{1, 2, 3, 4}, true);
    connection_.send(wire);
  }
  void say_raw(std::string_view bytes) { connection_.send(bytes); }
  /// Hangs up for its part; it may still be spoken to.
  void end_sending() { connection_.end_sending(); }

  /// What the server says next; nullopt when it has hung up.
  std::optional<ws::Event> next() {
    while (true) {
      if (auto event = reader_.next()) return event;
      if (reader_.is_finished()) return std::nullopt;
      received_ = connection_.receive();
      if (received_.empty()) return std::nullopt;
      give_received();
    }
  }
  /// The next text message that holds `mark`; all go through the session on the way.
  std::string hear(std::string_view mark) {
    while (auto event = next()) {
      const auto* message = std::get_if<ws::TextMessage>(&*event);
      if (message == nullptr) continue;
      REQUIRE(session.receive(message->text));
      if (message->text.find(mark) != std::string::npos) return message->text;
    }
    FAIL("the server has hung up");
    return {};
  }
  /// Everything until the close, which is returned.
  ws::Close hear_close() {
    while (auto event = next()) {
      if (const auto* close = std::get_if<ws::Close>(&*event)) return *close;
    }
    FAIL("the server has hung up without a close");
    return {};
  }
  /// The answer to the upgrade.
  [[nodiscard]] const std::string& head() const noexcept { return head_; }
  /// Since it was asked last, behind the head.
  std::size_t take_received_bytes() noexcept { return std::exchange(received_bytes_, 0); }
  /// Whether the server hangs up now.
  bool hears_end() { return connection_.receive().empty(); }

  void subscribe(std::string channel) {
    say(session.subscribe(1, {.channels = {std::move(channel)}, .filter = {}, .fields = {}}));
  }
  [[nodiscard]] std::string record(const std::string& channel, const std::string& key) const {
    const auto* records = session.replica(1)->find(channel);
    if (records == nullptr || !records->contains(key)) return "";
    return std::string{records->at(key).text()};
  }

  session::ClientSession session;

 private:
  void give_received() {
    received_bytes_ += received_.size();
    reader_.receive(as_bytes(received_));
  }

  ConnectionForTest connection_;
  ws::Inflater inflater_;
  ws::Deflater deflater_;
  ws::MessageReader reader_{ws::Role::client, {.message_bytes_max = 64 << 20}};
  std::string head_;
  std::string received_;
  std::size_t received_bytes_ = 0;
};

}  // namespace starling

/// @file
/// A client's side of an HTTP connection, and a site that repeats what it was asked.
#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "starling/io/http/awaited.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/net/system_clock.hpp"

namespace starling::http {

/// A body that a test writes.
struct Written {
  fanout::Outlet* out = nullptr;  ///< null before it begins and after it is over
  int settled = 0, drained = 0;
};

/// Says what it was asked; `/refuse` is refused at its head, `/work` takes three steps, `/wait` waits for `slot`, `/stream` is `written`, `/live`
/// upgrades.
class EchoSite final : public Site {
 public:
  std::optional<Response> refuse(const Request& head) override {
    if (head.path == "/refuse") return problem(403, "no");
    return std::nullopt;
  }
  Answer answer(const Request& request) override {
    ++answered;
    std::string said = request.method + ' ' + request.path + '?' + request.query + ' ' +
                       std::string{request.header("Host")} + ' ' + request.body;
    if (request.path == "/wait") return std::make_unique<AwaitedResponse>(slot);
    if (request.path == "/stream") return streamed();
    if (request.path != "/work") return Response{.body = std::move(said)};
    class ThreeSteps final : public Work {
     public:
      explicit ThreeSteps(std::string said) : said_(std::move(said)) {}
      std::optional<Response> step() override {
        if (++steps_ < 3) return std::nullopt;
        return Response{.body = said_};
      }

     private:
      std::string said_;
      int steps_ = 0;
    };
    return std::make_unique<ThreeSteps>(std::move(said));
  }
  std::variant<Agreement, Response> agree(const Request& request) override {
    if (request.path != "/live") return problem(404, "no");
    return Agreement{"agreed", [this](net::Stream socket, const std::string& head, std::string_view received) {
                       taken = head + ':' + std::string{received};
                       socket_.emplace(std::move(socket));
                     }};
  }

  int answered = 0;
  std::string taken;
  ResponseSlot slot;
  Written written;

 private:
  StreamedAnswer streamed() {
    class Writer final : public BodyWriter {
     public:
      Writer(Written& written, fanout::Outlet& out) : written_(written) { written_.out = &out; }
      ~Writer() override { written_.out = nullptr; }
      void settle() override { ++written_.settled; }
      void drained(Instant) override { ++written_.drained; }

     private:
      Written& written_;
    };
    return {.headers = {{"Content-Type", "text/plain"}}, .begin = [this](fanout::Outlet& out, Moment) { return std::make_unique<Writer>(written, out); }};
  }

  std::optional<net::Stream> socket_;
};

/// A connection with a client at its other end, both in this thread.
class Conversation {
 public:
  explicit Conversation(HttpOptions options = {}) : connections_(loop_, site, options) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    client_ = net::Descriptor{ends[1]};
    connections_.open(net::Stream{loop_, net::Descriptor{ends[0]}}, {});
  }

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client_.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        if (is_over) return;
        turn();
        continue;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    settle();
  }
  void hang_up() {
    ::shutdown(client_.number(), SHUT_WR);
    settle();
  }
  void pass(Duration time) {
    connections_.on_time(net::now().instant + time);
    settle();
  }
  /// Both have their turns.
  void go_on() { settle(); }
  void end_all() {
    connections_.end_all();
    settle();
  }

  /// What came back since the last call.
  std::string heard() { return std::exchange(heard_, {}); }
  std::size_t open() const { return connections_.size(); }

 private:
  net::EventLoop loop_;  // before the site, which may take a connection over

 public:
  EchoSite site;
  bool is_over = false;  ///< the server has ended its side
  std::size_t reads_at_most = std::numeric_limits<std::size_t>::max();  ///< of what comes back, from here on

 private:
  /// A descriptor that has something is readable at once on a socket pair, so a few turns are all there is to wait
  /// for.
  void settle() {
    for (int i = 0; i < 12; ++i) turn();
  }
  void turn() {
    loop_.post([] {});
    loop_.run([this](bool) {
      connections_.end_turn();
      loop_.stop();
    });
    std::array<char, 4096> bytes;
    ssize_t received = -1;
    while (reads_at_most > 0 && (received = ::recv(client_.number(), bytes.data(), std::min(bytes.size(), reads_at_most), MSG_DONTWAIT)) > 0) {
      heard_.append(bytes.data(), static_cast<std::size_t>(received));
      reads_at_most -= static_cast<std::size_t>(received);
    }
    is_over = is_over || received == 0;
  }

  HttpConnections connections_;
  net::Descriptor client_;
  std::string heard_;
};

inline std::string body_of(const std::string& response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == std::string::npos ? "" : response.substr(end + 4);
}

inline constexpr std::string_view kGet = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n";
inline constexpr std::string_view kPost = "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
inline constexpr std::string_view kChunked =
    "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n";

}  // namespace starling::http

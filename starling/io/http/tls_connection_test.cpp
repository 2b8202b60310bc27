#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <string>

#include "starling/core/base/bytes.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/tls_for_test.hpp"

namespace starling::http {
namespace {

using std::chrono::milliseconds;

class HelloSite final : public Site {
 public:
  std::optional<Response> refuse(const Request&) override { return std::nullopt; }
  Answer answer(const Request& request) override {
    ++requests;
    return Response{.body = request.peer.is_tls ? "hello over TLS" : "hello"};
  }
  std::variant<Agreement, Response> agree(const Request&) override { return problem(404, "no"); }

  int requests = 0;
};

/// A connection under TLS with a client at its other end, both in this thread.
struct Conversation {
  Conversation() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    client.emplace(loop, net::Descriptor{ends[1]}, *net::TlsContext::for_client(files.certificate), "localhost");
    connections.open(net::Stream{loop, net::Descriptor{ends[0]}, *net::TlsContext::for_server(files)},
                     {.address = {}, .is_tls = true});
  }

  void turns() {
    for (int i = 0; i < 12; ++i) {
      loop.post([] {});
      loop.run([this](bool) {
        connections.end_turn();
        loop.stop();
      });
    }
  }
  /// One send and one receive of the client's, and what the server makes of it; what it received is added to `heard`.
  void step(std::string_view say = {}) {
    if (!say.empty()) {
      const iovec part{const_cast<char*>(say.data()), say.size()};
      is_said = client->send({&part, 1}).progress == net::Progress::done;
    }
    turns();
    std::array<std::uint8_t, 4096> bytes;
    const net::Transfer received = client->receive(bytes);
    if (received.progress == net::Progress::done) heard += as_text(Bytes{bytes}.first(received.bytes));
    is_over = is_over || received.progress == net::Progress::closed || received.progress == net::Progress::failed;
    turns();
  }
  /// Past the client's TLS, onto the socket.
  void say_plain(std::string_view said) {
    const iovec part{const_cast<char*>(said.data()), said.size()};
    if (!said.empty()) CHECK(net::send(client->number(), {&part, 1}).bytes == said.size());
  }
  /// All that has come on the socket, as it is.
  [[nodiscard]] std::string hear_plain() {
    turns();
    std::string text;
    std::array<std::uint8_t, 4096> bytes;
    while (true) {
      const net::Transfer received = net::receive(client->number(), bytes);
      if (received.progress != net::Progress::done) return text;
      text += as_text(Bytes{bytes}.first(received.bytes));
    }
  }
  void shake_hands() {
    for (int i = 0; i < 10; ++i) step();
    REQUIRE(client->is_established());
  }
  void pass(Duration time) {
    connections.on_time(net::now().instant + time);
    turns();
  }
  [[nodiscard]] std::uint64_t failed(net::TlsFailure why) const {
    return connections.counters().tls_failures[static_cast<std::size_t>(why)];
  }

  net::TestCertificates certificates;
  net::TlsFiles files = certificates.make();
  net::EventLoop loop;
  HelloSite site;
  HttpOptions options;
  HttpConnections connections{loop, site, options};
  std::optional<net::Stream> client;
  std::string heard;
  bool is_said = false;
  bool is_over = false;
};

TEST_CASE("requests come under TLS, and who answers knows it") {
  Conversation talk;
  for (int i = 0; i < 10 && !talk.is_said; ++i) talk.step("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  for (int i = 0; i < 5; ++i) talk.step();
  CHECK(talk.heard.ends_with("\r\n\r\nhello over TLS"));
  CHECK(talk.connections.counters().tls_handshakes == 1);
  talk.step("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  for (int i = 0; i < 5; ++i) talk.step();
  CHECK(talk.is_over);
  CHECK(talk.connections.counters().responses[2] == 2);
  talk.client->close();
  talk.turns();
  CHECK(talk.connections.size() == 0);
}

TEST_CASE("a handshake has as long as a head, from the moment of the connection") {
  SUBCASE("nothing is said") {
    Conversation talk;
    talk.turns();
    talk.pass(talk.options.head_max - milliseconds{500});
    CHECK(talk.connections.size() == 1);
    talk.pass(talk.options.head_max + milliseconds{1500});
    CHECK(talk.connections.size() == 0);
    CHECK(talk.failed(net::TlsFailure::timed_out) == 1);
  }
  SUBCASE("something is said, and then nothing") {
    Conversation talk;
    std::array<std::uint8_t, 1> none{};
    CHECK(talk.client->receive(none).progress == net::Progress::would_block);  // ClientHello
    talk.turns();
    talk.pass(talk.options.head_max + milliseconds{1500});
    CHECK(talk.connections.size() == 0);
    CHECK(talk.failed(net::TlsFailure::timed_out) == 1);
  }
  SUBCASE("once it is done, the first head has as long") {
    Conversation talk;
    talk.shake_hands();
    talk.pass(talk.options.head_max - milliseconds{500});
    CHECK(talk.connections.size() == 1);
    talk.pass(talk.options.head_max + milliseconds{1500});
    CHECK(talk.connections.size() == 0);
    CHECK(talk.failed(net::TlsFailure::timed_out) == 0);
  }
}

TEST_CASE("a plain HTTP request to a TLS port is told that the port speaks TLS") {
  struct Case {
    std::string_view name, said;
  };
  const std::string upload = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x');
  for (const auto& c : {Case{"whole", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"}, Case{"HEAD", "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
                        Case{"a body that nobody reads", upload}, Case{"its first bytes", "GET /"},
                        Case{"two requests", "PUT / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n"}}) {
    for (const bool by_bytes : {false, true}) {
      CAPTURE(c.name);
      CAPTURE(by_bytes);
      Conversation talk;
      talk.say_plain(c.said.substr(0, by_bytes ? 4 : 0));
      for (std::size_t at = by_bytes ? 4 : 0; at < c.said.size(); at += by_bytes ? 1000 : c.said.size()) {
        talk.turns();
        talk.say_plain(c.said.substr(at, by_bytes ? 1000 : c.said.size()));
      }
      const std::string heard = talk.hear_plain();
      CHECK(heard.starts_with("HTTP/1.1 400 Bad Request\r\n"));
      CHECK(heard.find("\r\nConnection: close\r\n") != std::string::npos);
      CHECK(heard.find("application/problem+json") != std::string::npos);
      CHECK(heard.ends_with(R"("detail":"this port speaks TLS: ask with https:// or wss://"})"));
      CHECK(heard.find("HTTP/1.1", 1) == std::string::npos);  // one answer
      CHECK(talk.failed(net::TlsFailure::not_tls) == 1);
      CHECK(talk.connections.counters().tls_handshakes == 0);
      CHECK(talk.connections.counters().responses[4] == 1);
      CHECK(talk.site.requests == 0);
      talk.client->close();
      talk.turns();
      CHECK(talk.connections.size() == 0);
    }
  }
}

TEST_CASE("who asked in the clear and does not leave is let go") {
  Conversation talk;
  talk.say_plain("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(talk.hear_plain().starts_with("HTTP/1.1 400 "));
  talk.say_plain(std::string(100'000, 'x'));
  talk.turns();
  CHECK(talk.connections.size() == 1);
  talk.pass(talk.options.linger_max - milliseconds{500});
  CHECK(talk.connections.size() == 1);
  talk.pass(talk.options.linger_max + milliseconds{1500});
  CHECK(talk.connections.size() == 0);
  CHECK(talk.failed(net::TlsFailure::timed_out) == 0);
}

TEST_CASE("what is neither TLS nor a request is counted, and that is all") {
  for (const std::string_view said : {"hello there", "get / HTTP/1.1\r\nHost: localhost\r\n\r\n", "CONNECT localhost:443 HTTP/1.1\r\n\r\n",
                                      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    CAPTURE(said);
    Conversation talk;
    talk.say_plain(said);
    talk.turns();
    CHECK(talk.hear_plain().find("HTTP") == std::string::npos);
    CHECK(talk.connections.size() == 0);
    CHECK(talk.failed(net::TlsFailure::not_tls) == 1);
    CHECK(talk.connections.counters().responses[4] == 0);
  }
}

TEST_CASE("a request in the clear within TLS stays an error of TLS") {
  Conversation talk;
  talk.shake_hands();
  talk.say_plain("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(talk.hear_plain().find("HTTP") == std::string::npos);
  CHECK(talk.connections.size() == 0);
  CHECK(talk.failed(net::TlsFailure::not_tls) == 0);
}

TEST_CASE("who hangs up in a handshake is counted, and that is all") {
  Conversation talk;
  talk.client->close();
  talk.turns();
  CHECK(talk.connections.size() == 0);
  CHECK(talk.failed(net::TlsFailure::hung_up) == 1);
}

}  // namespace
}  // namespace starling::http

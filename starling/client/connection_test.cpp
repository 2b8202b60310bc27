#include "starling/client/connection.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "starling/client/answer_head.hpp"
#include "starling/client/server_for_test.hpp"
#include "starling/io/net/descriptor.hpp"

namespace starling::client {
namespace {

using session::ClientSession;

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

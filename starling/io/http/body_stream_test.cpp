// Bodies that go out while they are made: framing, backpressure, and how they end.
#include "starling/io/http/body_stream.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "starling/io/http/conversation_for_test.hpp"

namespace starling::http {
namespace {

constexpr std::string_view kStream = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_CASE("what is written in a turn goes out at its end, each time as one chunk, and the head before the first") {
  Conversation conversation;
  conversation.say(kStream);
  REQUIRE(conversation.site.written.out != nullptr);
  CHECK(conversation.heard().empty());
  conversation.site.written.out->write("a", fanout::Frame::text("bcd"), "\n");
  conversation.site.written.out->write("0123456789abcdef", nullptr, "");
  conversation.go_on();
  const std::string heard = conversation.heard();
  CHECK(heard.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(heard.find("Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n") != std::string::npos);
  CHECK(heard.find("Content-Length") == std::string::npos);
  CHECK(body_of(heard) == "5\r\nabcd\n\r\n10\r\n0123456789abcdef\r\n");
  conversation.site.written.out->write("x", nullptr, "");
  conversation.go_on();
  CHECK(conversation.heard() == "1\r\nx\r\n");
  CHECK(conversation.site.written.settled >= 2);
}

TEST_CASE("when it ends the connection serves the next request, one that came meanwhile too") {
  for (const bool is_early : {true, false}) {
    CAPTURE(is_early);
    Conversation conversation;
    conversation.say(kStream);
    if (is_early) conversation.say(kGet);
    conversation.site.written.out->write("x", nullptr, "");
    conversation.go_on();
    CHECK(conversation.site.answered == 1);
    conversation.site.written.out->end();
    conversation.go_on();
    CHECK(conversation.site.written.out == nullptr);
    if (!is_early) conversation.say(kGet);
    const std::string heard = conversation.heard();
    const std::size_t end = heard.find("1\r\nx\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n");
    CHECK(end != std::string::npos);
    CHECK(heard.ends_with("GET /a?b=c x "));
    CHECK(conversation.open() == 1);
  }
}

TEST_CASE("a body without a byte has a head and an end") {
  Conversation conversation;
  conversation.say(kStream);
  conversation.site.written.out->end();
  conversation.go_on();
  CHECK(body_of(conversation.heard()) == "0\r\n\r\n");
}

TEST_CASE("HTTP/1.0 has no chunks: the body ends with the connection, and so it does for who says close") {
  struct Case {
    std::string_view request, body;
  };
  for (const Case& c : {Case{"GET /stream HTTP/1.0\r\nHost: x\r\n\r\n", "ab"}, Case{"GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "2\r\nab\r\n0\r\n\r\n"}}) {
    CAPTURE(c.request);
    Conversation conversation;
    conversation.say(c.request);
    conversation.site.written.out->write("a", nullptr, "b");
    conversation.site.written.out->end();
    conversation.go_on();
    const std::string heard = conversation.heard();
    CHECK(heard.find("Connection: close\r\n") != std::string::npos);
    CHECK(body_of(heard) == c.body);
    CHECK(conversation.is_over);
  }
}

TEST_CASE("HEAD is answered with the head, and nothing begins") {
  Conversation conversation;
  conversation.say("HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n" + std::string{kGet});
  const std::string heard = conversation.heard();
  CHECK(heard.find("Transfer-Encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\n") != std::string::npos);
  CHECK(conversation.site.written.out == nullptr);
  CHECK(conversation.site.answered == 2);
}

TEST_CASE("who does not read fills it: it is not writable until all has gone, and then says so once") {
  Conversation conversation;
  conversation.say(kStream);
  fanout::Outlet& out = *conversation.site.written.out;
  conversation.reads_at_most = 0;
  const std::string much(64 << 10, 'x');
  for (int i = 0; i < 100 && out.is_writable(); ++i) {
    out.write("", fanout::Frame::text(much), "");
    CHECK(!out.is_writable());  // a turn's worth has been gathered
    conversation.go_on();
  }
  REQUIRE(!out.is_writable());
  CHECK(out.waiting_bytes() > 0);
  CHECK(out.is_stalled());
  const int drained = conversation.site.written.drained;
  const std::uint64_t taken = out.taken_bytes();
  conversation.reads_at_most = std::numeric_limits<std::size_t>::max();
  for (int i = 0; i < 100 && !out.is_writable(); ++i) conversation.go_on();
  CHECK(out.is_writable());
  CHECK(out.waiting_bytes() == 0);
  CHECK(out.taken_bytes() > taken);
  CHECK(!out.is_stalled());
  CHECK(conversation.site.written.drained == drained + 1);
}

TEST_CASE("who hangs up is let go, and so is one that is dropped") {
  for (const bool hangs_up : {true, false}) {
    CAPTURE(hangs_up);
    Conversation conversation;
    conversation.say(kStream);
    if (hangs_up) {
      conversation.hang_up();
    } else {
      conversation.site.written.out->drop();
      conversation.go_on();
    }
    CHECK(conversation.site.written.out == nullptr);
    CHECK(conversation.open() == 0);
    CHECK(conversation.heard().empty());
  }
}

TEST_CASE("it lasts as long as its writer likes, and no longer than the server: what was written then still goes out") {
  Conversation conversation;
  conversation.say(kStream);
  conversation.pass(std::chrono::hours{1});
  REQUIRE(conversation.site.written.out != nullptr);
  conversation.end_all();
  REQUIRE(conversation.site.written.out != nullptr);
  conversation.site.written.out->write("bye", nullptr, "");
  conversation.site.written.out->end();
  conversation.go_on();
  CHECK(body_of(conversation.heard()) == "3\r\nbye\r\n0\r\n\r\n");
  CHECK(conversation.is_over);
}

}  // namespace
}  // namespace starling::http

// How much an HTTP connection takes, and how long it waits for it.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <thread>

#include "starling/io/http/conversation_for_test.hpp"

namespace starling::http {
namespace {

TEST_CASE("a body of body_bytes_max is taken and one byte more is 413, before it has come") {
  for (const std::size_t bytes : {99u, 100u, 101u}) {
    CAPTURE(bytes);
    Conversation conversation{{.body_bytes_max = 100}};
    conversation.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(bytes) + "\r\n\r\n");
    if (bytes <= 100) {
      CHECK(conversation.heard().empty());
      conversation.say(std::string(bytes, 'x'));
      CHECK(conversation.heard().starts_with("HTTP/1.1 200 OK\r\n"));
    } else {
      CHECK(conversation.heard().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
      CHECK(conversation.is_over);
      CHECK(conversation.site.answered == 0);
    }
  }
  for (const std::size_t body_bytes_max : {4u, 5u, 6u}) {  // of five, in chunks
    CAPTURE(body_bytes_max);
    Conversation chunked{{.body_bytes_max = body_bytes_max}};
    chunked.say(kChunked);
    CHECK(chunked.heard().starts_with(body_bytes_max < 5 ? "HTTP/1.1 413 " : "HTTP/1.1 200 "));
  }
}

TEST_CASE("a head of head_bytes_max is taken and one byte more is 431") {
  const std::string start = "GET /a HTTP/1.1\r\nHost: x\r\nX: ";
  for (const std::size_t bytes : {199u, 200u, 201u}) {
    CAPTURE(bytes);
    Conversation conversation{{.head_bytes_max = 200}};
    conversation.say(start + std::string(bytes - start.size() - 4, 'x') + "\r\n\r\n");
    CHECK(conversation.heard().substr(9, 3) == (bytes <= 200 ? "200" : "431"));
  }
  Conversation endless;
  endless.say(start + std::string(20'000, 'x'));
  CHECK(endless.heard().starts_with("HTTP/1.1 431 "));
}

TEST_CASE("the head of a chunk and the trailer have the bound of a head") {
  const std::string start = "POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string_view endless : {"1;", "2\r\nhe\r\n0\r\nX: "}) {
    CAPTURE(endless);
    Conversation conversation;
    conversation.say(start + std::string{endless} + std::string(40'000, 'x'));
    CHECK(conversation.heard().starts_with("HTTP/1.1 431 "));
    CHECK(conversation.site.answered == 0);
  }
}

TEST_CASE("a body that does not come is 408") {
  Conversation conversation;
  conversation.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  conversation.say("a byte");
  conversation.pass(std::chrono::seconds{59});
  CHECK(conversation.open() == 1);
  conversation.say("another");
  conversation.pass(std::chrono::seconds{61});
  CHECK(conversation.heard().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("a connection that never sends a byte has the time of a head, from when it came, and a byte does not begin it anew") {
  Conversation silent;
  silent.pass(std::chrono::milliseconds{9'000});
  CHECK(silent.open() == 1);
  silent.pass(std::chrono::milliseconds{10'100});
  CHECK(silent.open() == 0);
  CHECK(silent.heard().empty());

  Conversation late;
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  late.say("GET / HTTP/1.1\r\n");
  late.pass(std::chrono::milliseconds{9'900});
  CHECK(late.heard().starts_with("HTTP/1.1 408 "));
}

TEST_CASE("an answer that is read too slowly ends, however it moves; one at its pace does not") {
  for (const std::size_t bytes_per_second_min : {std::size_t{1}, std::size_t{1} << 30}) {
    CAPTURE(bytes_per_second_min);
    Conversation conversation{{.idle_max = std::chrono::seconds{10}, .answer_bytes_per_second_min = bytes_per_second_min}};
    conversation.reads_at_most = 0;
    conversation.site.slot.put({.body = std::string(4 << 20, 'x')});
    conversation.say("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds{300});
    conversation.reads_at_most = 1 << 20;
    conversation.pass(Duration{0});
    CHECK(!conversation.heard().empty());
    conversation.pass(std::chrono::milliseconds{9'900});
    CHECK(conversation.open() == (bytes_per_second_min == 1 ? 1 : 0));
  }
}

TEST_CASE("a head that takes over 10 s is 408, silence of 60 s ends a connection") {
  Conversation slow;
  slow.say("GET / HTTP/1.1\r\n");
  slow.pass(std::chrono::seconds{9});
  CHECK(slow.open() == 1);
  slow.pass(std::chrono::seconds{11});
  CHECK(slow.heard().starts_with("HTTP/1.1 408 "));

  Conversation idle;
  idle.say(kGet);
  idle.pass(std::chrono::seconds{59});
  CHECK(idle.open() == 1);
  idle.pass(std::chrono::seconds{61});
  CHECK(idle.open() == 0);
}

}  // namespace
}  // namespace starling::http

#include "starling/io/http/http_connection.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "starling/io/http/conversation_for_test.hpp"

namespace starling::http {
namespace {

TEST_CASE("a request is answered, whole or byte by byte") {
  struct Case {
    std::string_view request, want;
  };
  for (const Case& c :
       {Case{kGet, "GET /a?b=c x "}, Case{kPost, "POST /p? x hello"}, Case{kChunked, "POST /p? x hello"},
        Case{"GET http://other:81/z HTTP/1.1\r\nHost: x\r\n\r\n", "GET /z? other:81 "}}) {
    CAPTURE(c.request);
    Conversation whole;
    whole.say(c.request);
    CHECK(body_of(whole.heard()) == c.want);

    Conversation slow;
    for (const char byte : c.request) slow.say({&byte, 1});
    CHECK(body_of(slow.heard()) == c.want);
    CHECK(slow.open() == 1);
  }
}

TEST_CASE("requests sent together are answered in order") {
  Conversation conversation;
  conversation.say(std::string{kGet} + std::string{kPost} + "GET /work HTTP/1.1\r\nHost: y\r\n\r\n" +
                   std::string{kGet});
  conversation.say("");
  const std::string heard = conversation.heard();
  const std::size_t first = heard.find("GET /a?b=c x ");
  const std::size_t second = heard.find("POST /p? x hello");
  const std::size_t third = heard.find("GET /work? y ");
  const std::size_t fourth = heard.rfind("GET /a?b=c x ");
  CHECK(first < second);
  CHECK(second < third);
  CHECK(third < fourth);
  CHECK(fourth != std::string::npos);
  CHECK(conversation.site.answered == 4);
}

TEST_CASE("HEAD is answered without the body and with its length") {
  Conversation conversation;
  conversation.say("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string heard = conversation.heard();
  CHECK(heard.find("Content-Length: 11\r\n") != std::string::npos);
  CHECK(body_of(heard).empty());
}

TEST_CASE("who says close, or speaks HTTP/1.0, is answered and let go") {
  for (const std::string_view request :
       {"GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /a HTTP/1.0\r\nHost: x\r\n\r\n"}) {
    CAPTURE(request);
    Conversation conversation;
    conversation.say(request);
    CHECK(conversation.heard().find("Connection: close") != std::string::npos);
    CHECK(conversation.is_over);
    conversation.hang_up();
    CHECK(conversation.open() == 0);
  }
}

TEST_CASE("a body that is waited for is asked for with 100 Continue, and not where the head is refused") {
  Conversation conversation;
  conversation.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(conversation.heard() == "HTTP/1.1 100 Continue\r\n\r\n");
  conversation.say("hello");
  CHECK(body_of(conversation.heard()) == "POST /p? x hello");

  conversation.say("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(conversation.heard().starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(conversation.is_over);

  Conversation other;
  other.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: tea\r\n\r\n");
  CHECK(other.heard().starts_with("HTTP/1.1 417 "));
}

TEST_CASE("what is no HTTP/1.1 request is 400, and nothing after it is read") {
  for (const std::string_view request :
       {"hello\r\n\r\n", "GET / HTTP/1.1\r\nHost x\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /live HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\nhello"}) {
    CAPTURE(request);
    Conversation conversation;
    conversation.say(std::string{request} + std::string{kGet});
    const std::string heard = conversation.heard();
    CHECK(heard.starts_with("HTTP/1.1 400 Bad Request\r\n"));
    CHECK(heard.find("Connection: close\r\n") != std::string::npos);
    CHECK(conversation.is_over);
    CHECK(conversation.site.answered == 0);
  }
  Conversation other;
  other.say("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  CHECK(other.heard().starts_with("HTTP/1.1 505 HTTP Version Not Supported\r\n"));
  CHECK(other.is_over);
}

TEST_CASE("every refusal is a problem document") {
  struct Case {
    std::string_view request;
    unsigned want;
  };
  for (const Case& c : {
           Case{"hello\r\n", 400},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\n", 413},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: tea\r\n\r\n", 417},
           Case{"GET / HTTP/1.1\r\nHost: x\r\nX: 123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890\r\n\r\n", 431},
           Case{"GET / HTTP/2.0\r\n", 505},
           Case{"GET / HT", 408},
           Case{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell", 408},
       }) {
    CAPTURE(c.request);
    Conversation conversation{{.head_bytes_max = 100, .body_bytes_max = 100}};
    conversation.say(c.request);
    if (c.want == 408) conversation.pass(std::chrono::seconds{61});
    const std::string heard = conversation.heard();
    CHECK(heard.starts_with("HTTP/1.1 " + std::to_string(c.want) + " "));
    CHECK(heard.find("Content-Type: application/problem+json\r\n") != std::string::npos);
    CHECK(body_of(heard).find("\"status\":" + std::to_string(c.want) + ",\"detail\":") != std::string::npos);
  }
}

TEST_CASE("an upgrade takes the connection over, with what came behind the request") {
  const std::string upgrade = " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
  Conversation conversation;
  conversation.say("GET /live" + upgrade + "frames");
  CHECK(conversation.site.taken == "agreed:frames");
  CHECK(conversation.open() == 0);
  CHECK(!conversation.is_over);

  Conversation refused;
  refused.say("GET /elsewhere" + upgrade);
  CHECK(refused.heard().starts_with("HTTP/1.1 404 "));
}

TEST_CASE("an answer that comes from elsewhere goes out when it has come, and the next request waits for it") {
  Conversation conversation;
  conversation.say("GET /wait HTTP/1.1\r\nHost: y\r\n\r\nGET /next HTTP/1.1\r\nHost: y\r\n\r\n");
  CHECK(conversation.heard().empty());
  conversation.site.slot.put({.body = "here it is"});
  conversation.pass(Duration{0});
  const std::string heard = conversation.heard();
  CHECK(heard.find("here it is") < heard.find("GET /next"));
  CHECK(heard.find("GET /next") != std::string::npos);
}

TEST_CASE("an answer that was there before the request, and one whose connection has gone") {
  {
    Conversation conversation;
    conversation.site.slot.put({.body = "already"});
    conversation.say("GET /wait HTTP/1.1\r\nHost: y\r\n\r\n");
    CHECK(conversation.heard().ends_with("already"));
  }
  ResponseSlot slot;
  {
    Conversation conversation;
    conversation.site.slot = slot;
    conversation.say("GET /wait HTTP/1.1\r\nHost: y\r\n\r\n");
    conversation.hang_up();
    slot.put({.body = "goodbye"});  // once while nobody reads, once when it is over
    conversation.pass(Duration{0});
    CHECK(conversation.open() == 0);
    slot.put({.body = "goodbye"});
  }
}

}  // namespace
}  // namespace starling::http

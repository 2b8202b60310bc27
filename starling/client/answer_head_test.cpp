#include "starling/client/answer_head.hpp"

#include <doctest/doctest.h>

namespace starling::client {
namespace {

TEST_CASE("an answer's status and headers are read") {
  const auto head = read_answer_head("HTTP/1.1 429 Too Many Requests\r\nRetry-After:  7 \r\nX-Empty:\r\nA: b: c\r\n\r\n");
  REQUIRE(head);
  CHECK(head->status == 429);
  CHECK(head->find("retry-AFTER") == "7");
  CHECK(head->find("x-empty") == "");
  CHECK(head->find("A") == "b: c");
  CHECK(!head->find("Retry"));
  CHECK(read_answer_head("HTTP/1.1 101\r\n\r\n")->status == 101);
}

TEST_CASE("what is not the head of an HTTP/1.1 answer is refused") {
  for (const std::string_view text :
       {"", "\r\n\r\n", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 20\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\n: no name\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n",
        "HTTP/1.1 200 OK\nA: b\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", "HTTP/1.1 200 OK\r\nA: \x1B[2J\r\n\r\n"}) {
    CAPTURE(text);
    CHECK(!read_answer_head(text));
  }
}

}  // namespace
}  // namespace starling::client

#include "starling/io/http/message.hpp"

#include <doctest/doctest.h>

#include "starling/io/http/problem.hpp"

namespace starling::http {
namespace {

TEST_CASE("header names and list tokens are the same in any case") {
  Request request;
  request.headers = {{"connection", "keep-alive , UPGRADE"}, {"Upgrade", "WebSocket"}, {"X", "1"}, {"x", "2"}};
  CHECK(request.header("X") == "1");
  CHECK(request.count("X") == 2);
  CHECK(request.header("Y").empty());
  CHECK(request.has_token("Connection", "upgrade"));
  CHECK(!request.has_token("Connection", "up"));
  CHECK(request.is_upgrade());
  request.headers[1].value = "h2c";
  CHECK(!request.is_upgrade());
}

TEST_CASE("a list's elements come without white space and empty ones not at all") {
  CHECK(list_elements(" a ,,\tb,c d , ") == std::vector<std::string_view>{"a", "b", "c d"});
}

TEST_CASE("a problem document says what the error says") {
  const Response response = problem(protocol::Error{protocol::ErrorCode::bad_key, "say \"why\"", "key", {}, {}});
  CHECK(response.status == 400);
  CHECK(
      response.body ==
      R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"say \"why\"","code":"bad_key","field":"key"})");
}

}  // namespace
}  // namespace starling::http

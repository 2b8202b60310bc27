#include "starling/server/cross_origin.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "starling/server/routes/table.hpp"

namespace starling {
namespace {

using http::Header;
using http::Request;

Request asked(std::string method, std::vector<Header> headers) {
  Request request;
  request.method = std::move(method);
  request.path = "/api/v1/stream";
  request.headers = std::move(headers);
  return request;
}

/// `name: value`, a line each.
std::string told(const std::vector<Header>& headers) {
  std::string text;
  for (const Header& header : headers) text += header.name + ": " + header.value + '\n';
  return text;
}

TEST_CASE("an allowed origin is named in what it is answered, and only that") {
  const GuardOptions none;
  GuardOptions options;
  options.allowed_origins = {"https://map.example.com", "http://[::1]:5173"};
  const auto of = [&options](std::vector<Header> headers) { return told(cross_origin_headers(asked("GET", std::move(headers)), options)); };

  CHECK(told(cross_origin_headers(asked("GET", {{"Origin", "https://map.example.com"}}), none)).empty());
  CHECK(of({}) == "Vary: Origin\n");
  for (const char* other : {"https://other.example.com", "null", "*", "", "https://map.example.com.evil.example", "https://map.example.com:444", "http://map.example.com"}) {
    CAPTURE(other);
    CHECK(of({{"Origin", other}}) == "Vary: Origin\n");
  }
  CHECK(of({{"Origin", "https://map.example.com"}, {"Origin", "http://[::1]:5173"}}) == "Vary: Origin\n");
  for (const char* ours : {"https://map.example.com", "http://[::1]:5173"}) {
    CHECK(of({{"Origin", ours}}) ==
          std::string{"Vary: Origin\nAccess-Control-Allow-Origin: "} + ours + "\nAccess-Control-Expose-Headers: ETag, Retry-After\n");
  }
}

TEST_CASE("a preflight is what a browser sends, and says what the route takes") {
  const Header origin{"Origin", "https://map.example.com"}, method{"Access-Control-Request-Method", "POST"};
  CHECK(is_preflight(asked("OPTIONS", {origin, method})));
  CHECK_FALSE(is_preflight(asked("OPTIONS", {origin})));
  CHECK_FALSE(is_preflight(asked("OPTIONS", {method})));
  CHECK_FALSE(is_preflight(asked("GET", {origin, method})));
  CHECK_FALSE(is_preflight(asked("OPTIONS", {origin, method, method})));

  const auto methods_of = [](std::string_view path) {
    const http::Response response = preflight(*routes::find_target(path)->route);
    CHECK(response.status == 204);
    CHECK(response.body.empty());
    return response.headers.front().value;
  };
  CHECK(methods_of("/api/v1/stream") == "GET, HEAD");
  CHECK(methods_of("/api/v1/publish/site:position") == "POST");
}

}  // namespace
}  // namespace starling

#include "starling/server/routes/live.hpp"

#include <doctest/doctest.h>

namespace starling::routes {
namespace {

http::Request upgrade() {
  http::Request request;
  request.method = "GET";
  request.path = "/live";
  request.headers = {{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}, {"Sec-WebSocket-Version", "13"}};
  return request;
}

unsigned status_of(const http::Request& request) {
  const auto answer = agree_to_upgrade(request, kSubprotocol, true);
  const auto* response = std::get_if<http::Response>(&answer);
  return response ? response->status : 101;
}

TEST_CASE("the answer is RFC 6455's own example") {
  const auto answer = agree_to_upgrade(upgrade(), kSubprotocol, true);
  CHECK(std::get<Agreed>(answer).head ==
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
}

TEST_CASE("version 1 is agreed to where it is offered or nothing is") {
  struct Case {
    std::vector<std::string> offers;
    unsigned want;
    bool is_named;
  };
  for (const Case& c : {Case{{}, 101, false}, Case{{"starling.v1"}, 101, true},
                        Case{{"other, starling.v1"}, 101, true}, Case{{"other", "starling.v1"}, 101, true},
                        Case{{"other"}, 400, false}, Case{{"starling.v2, STARLING.V1"}, 400, false}}) {
    http::Request request = upgrade();
    for (const std::string& offer : c.offers) request.headers.push_back({"Sec-WebSocket-Protocol", offer});
    CHECK(status_of(request) == c.want);
    const auto answer = agree_to_upgrade(request, kSubprotocol, true);
    if (const auto* agreed = std::get_if<Agreed>(&answer)) {
      CHECK((agreed->head.find("\r\nSec-WebSocket-Protocol: starling.v1\r\n") != std::string::npos) == c.is_named);
    }
  }
}

TEST_CASE("another version is 426 and told which it should be") {
  for (const std::string_view version : {"8", "14", "13, 8", ""}) {
    CAPTURE(version);
    http::Request request = upgrade();
    request.headers[1].value = version;
    const auto answer = agree_to_upgrade(request, kSubprotocol, true);
    const auto& response = std::get<http::Response>(answer);
    CHECK(response.status == 426);
    bool is_told = false;
    for (const http::Header& header : response.headers)
      is_told = is_told || (header.name == "Sec-WebSocket-Version" && header.value == "13");
    CHECK(is_told);
  }
}

TEST_CASE("a key that is missing, double or no key is 400") {
  http::Request missing = upgrade();
  missing.headers.erase(missing.headers.begin());
  CHECK(status_of(missing) == 400);
  http::Request wrong = upgrade();
  wrong.headers[0].value = "c2hvcnQ=";
  CHECK(status_of(wrong) == 400);
  http::Request doubled = upgrade();
  doubled.headers.push_back(doubled.headers[0]);
  CHECK(status_of(doubled) == 400);
}

TEST_CASE("compression is agreed to where it is offered and wanted, and the answer says so") {
  struct Case {
    std::vector<std::string> offers;
    bool compression;
    std::string_view want;
  };
  constexpr std::string_view kAgreed = "\r\nSec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover\r\n";
  for (const Case& c : {Case{{}, true, ""}, Case{{"permessage-deflate; client_max_window_bits"}, true, kAgreed},
                        Case{{"permessage-deflate; client_max_window_bits"}, false, ""}, Case{{"x-other"}, true, ""},
                        Case{{"permessage-deflate; server_max_window_bits=10"}, true, ""},
                        Case{{"permessage-deflate; server_max_window_bits=10", "permessage-deflate"}, true, kAgreed}}) {
    http::Request request = upgrade();
    for (const std::string& offer : c.offers) request.headers.push_back({"sec-websocket-extensions", offer});
    const auto answer = agree_to_upgrade(request, kSubprotocol, c.compression);
    const auto& agreed = std::get<Agreed>(answer);
    CHECK(agreed.deflates == !c.want.empty());
    CHECK((agreed.head.find("Sec-WebSocket-Extensions") != std::string::npos) == agreed.deflates);
    CHECK(agreed.head.find(c.want) != std::string::npos);
    CHECK(agreed.head.ends_with("\r\n\r\n"));
  }
}

TEST_CASE("a Sec-WebSocket-Extensions that breaks its grammar is 400, whether compression is wanted or not") {
  http::Request request = upgrade();
  request.headers.push_back({"Sec-WebSocket-Extensions", "permessage-deflate; =1"});
  CHECK(status_of(request) == 400);
  const auto answer = agree_to_upgrade(request, kSubprotocol, false);
  CHECK(std::get<http::Response>(answer).status == 400);
}

}  // namespace
}  // namespace starling::routes

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
                        Case{{"starling.v1, starling.v1"}, 101, true}, Case{{"a,,\tstarling.v1 ,"}, 101, true},
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

TEST_CASE("subprotocols that are no list of tokens are 400, whatever else is offered") {
  for (const std::string_view offer : {"", " , ", "starling.v1, a b", "\"starling.v1\"", "starling.v1;q=1", "a/b, starling.v1", "starling.v1, \xC3\xA4"}) {
    CAPTURE(offer);
    http::Request request = upgrade();
    request.headers.push_back({"Sec-WebSocket-Protocol", "starling.v1"});
    request.headers.push_back({"Sec-WebSocket-Protocol", std::string{offer}});
    CHECK(status_of(request) == 400);
  }
}

TEST_CASE("an upgrade is asked for in lists of tokens, in any case and any of their headers") {
  struct Case {
    std::vector<http::Header> headers;
    bool want;
  };
  for (const Case& c : {
           Case{{{"Connection", "Upgrade"}, {"Upgrade", "websocket"}}, true},
           Case{{{"connection", "keep-alive,\tUPGRADE "}, {"upgrade", "WebSocket"}}, true},
           Case{{{"Connection", "keep-alive"}, {"Connection", "upgrade"}, {"Upgrade", "h2c"}, {"Upgrade", "websocket"}}, true},
           Case{{{"Connection", "Upgrade"}, {"Upgrade", "h2c, websocket"}}, true},
           Case{{{"Connection", "Upgrade"}}, false},
           Case{{{"Upgrade", "websocket"}}, false},
           Case{{{"Connection", "close"}, {"Upgrade", "websocket"}}, false},
           Case{{{"Connection", "Upgraded"}, {"Upgrade", "websocket"}}, false},
           Case{{{"Connection", "Upgrade"}, {"Upgrade", "websocket2"}}, false},
           Case{{{"Connection", "Upgrade"}, {"Upgrade", "web socket"}}, false},
       }) {
    http::Request request = upgrade();
    request.headers.insert(request.headers.end(), c.headers.begin(), c.headers.end());
    CHECK(request.is_upgrade() == c.want);
  }
}

TEST_CASE("another version is 426 and told which it should be") {
  for (const std::string_view version : {"8", "14", "13, 8", "013", "+13", "13.0", "-1", "256", ""}) {
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
  http::Request none = upgrade();
  none.headers.pop_back();
  CHECK(status_of(none) == 426);
  http::Request doubled = upgrade();
  doubled.headers.push_back(doubled.headers[1]);
  CHECK(status_of(doubled) == 426);
}

TEST_CASE("an upgrade is a GET") {
  http::Request request = upgrade();
  request.method = "HEAD";
  const auto answer = agree_to_upgrade(request, kSubprotocol, true);
  const auto& response = std::get<http::Response>(answer);
  CHECK(response.status == 405);
  CHECK(response.headers.back().name == "Allow");
  CHECK(response.headers.back().value == "GET");
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

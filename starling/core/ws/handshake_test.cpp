#include "starling/core/ws/handshake.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace starling::ws {
namespace {

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";         // RFC 6455 §1.3
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";  // its answer

TEST_CASE("the key of RFC 6455 §1.3 is accepted as the RFC prints it") { CHECK(accept_key(kKey) == kAccept); }

TEST_CASE("sixteen bytes become the keys the RFC prints") {
  const auto key_of = [](std::string_view text) {
    std::array<std::uint8_t, 16> bytes{};
    std::copy_n(text.begin(), bytes.size(), bytes.begin());
    return client_key(bytes);
  };
  CHECK(key_of("the sample nonce") == kKey);
  CHECK(key_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10") ==
        "AQIDBAUGBwgJCgsMDQ4PEA==");  // §4.1
  CHECK(is_valid_key(key_of("the sample nonce")));
}

TEST_CASE("a key is valid if it is the Base64 of sixteen bytes") {
  struct Case {
    std::string_view name;
    std::string_view key;
    bool valid;
  };
  for (const Case& c : {
           Case{"the RFC's", kKey, true},
           Case{"every sort of digit", "09azAZ+/09azAZ+/09azAg==", true},
           Case{"unused bits set", "dGhlIHNhbXBsZSBub25jZR==", true},
           Case{"empty", "", false},
           Case{"15 bytes", "MTIzNDU2Nzg5MDEyMzQ1", false},
           Case{"17 bytes, as long", "MTIzNDU2Nzg5MDEyMzQ1Njc=", false},
           Case{"18 bytes, as long", "MTIzNDU2Nzg5MDEyMzQ1Njc4", false},
           Case{"19 bytes", "MTIzNDU2Nzg5MDEyMzQ1Njc4OQ==", false},
           Case{"no padding", "dGhlIHNhbXBsZSBub25jZQ", false},
           Case{"padding in the middle", "dGhlIHNhbXBs=SBub25jZQ==", false},
           Case{"the other alphabet", "dGhlIHNhbXBs-_Bub25jZQ==", false},
           Case{"a space in front", " GhlIHNhbXBsZSBub25jZQ==", false},
           Case{"a byte over 127", "dGhlIHNhbXBsZSBub25j\xC3\xA4==", false},
       }) {
    CAPTURE(c.name);
    CHECK(is_valid_key(c.key) == c.valid);
  }
}

TEST_CASE("a client's request is written line by line") {
  const std::vector<HttpHeader> extra{{"Authorization", "Bearer t0k"}, {"Origin", "http://example.com"}};
  const auto request = build_client_request({.host = "server.example.com:8080",
                                             .path = "/live?x=1",
                                             .key = kKey,
                                             .subprotocol = "starling.v1",
                                             .headers = extra});
  REQUIRE(request);
  CHECK(*request ==
        "GET /live?x=1 HTTP/1.1\r\n"
        "Host: server.example.com:8080\r\n"
        "Upgrade: websocket\r\n"
        "Connection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: starling.v1\r\n"
        "Authorization: Bearer t0k\r\n"
        "Origin: http://example.com\r\n"
        "\r\n");

  const auto bare =
      build_client_request({.host = "[::1]", .path = "/", .key = kKey, .subprotocol = {}, .headers = {}});
  REQUIRE(bare);
  CHECK(bare->find("Sec-WebSocket-Protocol") == std::string::npos);
  CHECK(bare->ends_with("Sec-WebSocket-Version: 13\r\n\r\n"));
}

TEST_CASE("nothing given to a request can end its line") {
  struct Case {
    std::string_view name;
    std::string_view host, path, subprotocol;
    HttpHeader header;
    RequestError want;
  };
  for (const Case& c : {
           Case{"no host", "", "/", "", {"A", "b"}, RequestError::bad_host},
           Case{"host with a line end", "h\r\nX: y", "/", "", {"A", "b"}, RequestError::bad_host},
           Case{"host with a space", "h x", "/", "", {"A", "b"}, RequestError::bad_host},
           Case{"no path", "h", "", "", {"A", "b"}, RequestError::bad_path},
           Case{"path without a slash", "h", "live", "", {"A", "b"}, RequestError::bad_path},
           Case{"path with a space", "h", "/a b", "", {"A", "b"}, RequestError::bad_path},
           Case{"path with a line end", "h", "/a\nb", "", {"A", "b"}, RequestError::bad_path},
           Case{"path with a fragment", "h", "/a#b", "", {"A", "b"}, RequestError::bad_path},
           Case{"path with a byte over 127", "h", "/\xC3\xA4", "", {"A", "b"}, RequestError::bad_path},
           Case{"subprotocols in a list", "h", "/", "a, b", {"A", "b"}, RequestError::bad_subprotocol},
           Case{"subprotocol with a line end", "h", "/", "a\r\n", {"A", "b"}, RequestError::bad_subprotocol},
           Case{"header without a name", "h", "/", "", {"", "b"}, RequestError::bad_header},
           Case{"header name with a colon", "h", "/", "", {"A:", "b"}, RequestError::bad_header},
           Case{"header value with a line end", "h", "/", "", {"A", "b\r\nX: y"}, RequestError::bad_header},
           Case{"header value with a delete", "h", "/", "", {"A", "b\x7F"}, RequestError::bad_header},
       }) {
    CAPTURE(c.name);
    const auto request = build_client_request({.host = c.host,
                                               .path = c.path,
                                               .key = kKey,
                                               .subprotocol = c.subprotocol,
                                               .headers = std::span{&c.header, 1}});
    REQUIRE_FALSE(request);
    CHECK(request.error() == c.want);
  }
}

TEST_CASE("a server's answer counts if all of it is right") {
  struct Case {
    std::string_view name;
    std::string_view subprotocol;
    std::vector<HttpHeader> headers;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"the RFC's example",
                "chat",
                {{"Upgrade", "websocket"},
                 {"Connection", "Upgrade"},
                 {"Sec-WebSocket-Accept", kAccept},
                 {"Sec-WebSocket-Protocol", "chat"}},
                "chat"},
           Case{"names and tokens in any case, white space around",
                "",
                {{"UPGRADE", "WebSocket"},
                 {"connection", "upgrade"},
                 {"sec-websocket-accept", "  s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\t"}},
                ""},
           Case{"Connection is a list",
                "",
                {{"Upgrade", "websocket"}, {"Connection", "keep-alive , Upgrade"}, {"Sec-WebSocket-Accept", kAccept}},
                ""},
           Case{"Connection is there twice",
                "",
                {{"Upgrade", "websocket"},
                 {"Connection", "keep-alive"},
                 {"Connection", "Upgrade"},
                 {"Sec-WebSocket-Accept", kAccept}},
                ""},
           Case{"offered, not agreed",
                "chat",
                {{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", kAccept}},
                ""},
       }) {
    CAPTURE(c.name);
    const auto agreed = check_server_answer(101, c.headers, kKey, c.subprotocol);
    REQUIRE(agreed);
    CHECK(*agreed == c.want);
  }
}

TEST_CASE("a server's answer is refused by what is wrong with it") {
  const HttpHeader upgrade{"Upgrade", "websocket"};
  const HttpHeader connection{"Connection", "Upgrade"};
  const HttpHeader accept{"Sec-WebSocket-Accept", kAccept};
  struct Case {
    std::string_view name;
    unsigned status;
    std::vector<HttpHeader> headers;
    AnswerError want;
  };
  for (const Case& c : {
           Case{"200", 200, {upgrade, connection, accept}, AnswerError::status},
           Case{"401", 401, {}, AnswerError::status},
           Case{"no Upgrade", 101, {connection, accept}, AnswerError::upgrade},
           Case{"another Upgrade", 101, {{"Upgrade", "h2c"}, connection, accept}, AnswerError::upgrade},
           Case{"one of several", 101, {{"Upgrade", "h2c, websocket"}, connection, accept}, AnswerError::upgrade},
           Case{"Upgrade twice", 101, {upgrade, upgrade, connection, accept}, AnswerError::upgrade},
           Case{"no Connection", 101, {upgrade, accept}, AnswerError::connection},
           Case{"Connection names something longer",
                101,
                {upgrade, {"Connection", "Upgraded"}, accept},
                AnswerError::connection},
           Case{"no accept", 101, {upgrade, connection}, AnswerError::accept},
           Case{"the accept of another key",
                101,
                {upgrade, connection, {"Sec-WebSocket-Accept", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="}},
                AnswerError::accept},
           Case{"the accept in another case",
                101,
                {upgrade, connection, {"Sec-WebSocket-Accept", "S3PPLMBITXAQ9KYGZZHZRBK+XOO="}},
                AnswerError::accept},
           Case{"the accept twice", 101, {upgrade, connection, accept, accept}, AnswerError::accept},
           Case{"an extension",
                101,
                {upgrade, connection, accept, {"Sec-WebSocket-Extensions", "permessage-deflate"}},
                AnswerError::extension},
           Case{"another subprotocol",
                101,
                {upgrade, connection, accept, {"Sec-WebSocket-Protocol", "chat"}},
                AnswerError::subprotocol},
           Case{"the subprotocol in another case",
                101,
                {upgrade, connection, accept, {"Sec-WebSocket-Protocol", "Starling.v1"}},
                AnswerError::subprotocol},
           Case{"an empty subprotocol",
                101,
                {upgrade, connection, accept, {"Sec-WebSocket-Protocol", ""}},
                AnswerError::subprotocol},
           Case{"two subprotocols",
                101,
                {upgrade,
                 connection,
                 accept,
                 {"Sec-WebSocket-Protocol", "starling.v1"},
                 {"Sec-WebSocket-Protocol", "starling.v1"}},
                AnswerError::subprotocol},
       }) {
    CAPTURE(c.name);
    const auto agreed = check_server_answer(c.status, c.headers, kKey, "starling.v1");
    REQUIRE_FALSE(agreed);
    CHECK(agreed.error() == c.want);
  }
  const std::vector<HttpHeader> unasked{upgrade, connection, accept, {"Sec-WebSocket-Protocol", ""}};
  const auto agreed = check_server_answer(101, unasked, kKey, "");
  REQUIRE_FALSE(agreed);
  CHECK(agreed.error() == AnswerError::subprotocol);
}

TEST_CASE("a client that offers deflate is told what was agreed, and fails with what it cannot serve (RFC 7692 §7.1)") {
  const auto request = build_client_request(
      {.host = "localhost", .path = "/live", .key = kKey, .subprotocol = {}, .extensions = kDeflateOffer, .headers = {}});
  REQUIRE(request);
  CHECK(request->find("\r\nSec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover\r\n") != std::string::npos);

  const std::string accept = accept_key(kKey);
  const auto check = [&](std::vector<std::string_view> values, std::optional<DeflateAnswer>& agreed) {
    std::vector<HttpHeader> headers{{"Upgrade", "websocket"}, {"Connection", "Upgrade"}, {"Sec-WebSocket-Accept", accept}};
    for (const std::string_view value : values) headers.push_back({"SEC-websocket-EXTENSIONS", value});
    return check_server_answer(101, headers, kKey, "", &agreed);
  };
  std::optional<DeflateAnswer> agreed{DeflateAnswer{}};
  CHECK(check({}, agreed));
  CHECK_FALSE(agreed.has_value());
  CHECK(check({"permessage-deflate"}, agreed));
  CHECK((agreed == DeflateAnswer{.server_keeps_window = true}));
  CHECK(check({"permessage-deflate; server_no_context_takeover"}, agreed));
  CHECK((agreed == DeflateAnswer{.server_keeps_window = false}));
  for (const std::string_view value : {"permessage-deflate; client_max_window_bits=9", "x-other", "permessage-deflate;"}) {
    CAPTURE(value);
    const auto failed = check({value}, agreed);
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == AnswerError::extension);
  }
  CHECK_FALSE(check({"permessage-deflate", "permessage-deflate"}, agreed));
}

}  // namespace
}  // namespace starling::ws

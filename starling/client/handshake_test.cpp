#include "starling/client/handshake.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "starling/client/answer_head.hpp"
#include "starling/core/ws/handshake.hpp"

namespace starling::client {
namespace {

using Outcome = std::optional<std::variant<Agreed, Declined>>;

constexpr std::string_view kKey = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 §1.3

std::string agreement(std::string_view more = "Sec-WebSocket-Protocol: starling.v1\r\n") {
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + ws::accept_key(kKey) + "\r\n" +
         std::string{more} + "\r\n";
}

std::string answer(std::string_view status, std::string_view more, std::string_view body = {}) {
  return "HTTP/1.1 " + std::string{status} + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string{more} + "\r\n" + std::string{body};
}

/// The outcome of `bytes` in one piece, which must be that of them one by one; nullopt if more is awaited.
Outcome receive(std::string_view bytes) {
  Handshake whole{std::string{kKey}}, pieces{std::string{kKey}};
  Outcome want = whole.receive(as_bytes(bytes)), got;
  std::size_t taken = 0;
  while (taken < bytes.size() && !got) got = pieces.receive(as_bytes(bytes.substr(taken++, 1)));
  CHECK(got.has_value() == want.has_value());
  if (got && want) {
    CHECK(got->index() == want->index());
    if (const auto* declined = std::get_if<Declined>(&*want)) {
      const auto* same = std::get_if<Declined>(&*got);
      REQUIRE(same != nullptr);
      CHECK(same->reason == declined->reason);
      CHECK(same->can_get_better == declined->can_get_better);
      CHECK(same->wait_s == declined->wait_s);
    } else {
      // What is behind the answer does not belong to it: one by one it is the caller's.
      CHECK(bytes.substr(taken) == std::get<Agreed>(*want).frames);
    }
  }
  return want;
}

Declined declined(std::string_view bytes) {
  const Outcome outcome = receive(bytes);
  REQUIRE(outcome.has_value());
  REQUIRE(std::holds_alternative<Declined>(*outcome));
  return std::get<Declined>(*outcome);
}

TEST_CASE("the request asks for the path of the URL, in our protocol and with deflate") {
  const std::string request = Handshake{std::string{kKey}}.request({.host = "::1", .port = 8080, .path = "/live?token=t"});
  CHECK(request.starts_with("GET /live?token=t HTTP/1.1\r\n"));
  for (const std::string_view line : {"Host: [::1]:8080", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: starling.v1"}) {
    CAPTURE(line);
    CHECK(request.find("\r\n" + std::string{line} + "\r\n") != std::string::npos);
  }
  CHECK(request.find("\r\nSec-WebSocket-Extensions: permessage-deflate") != std::string::npos);
  CHECK(request.ends_with("\r\n\r\n"));
}

TEST_CASE("an agreement is whole with its empty line, and what comes behind it is frames") {
  const std::string whole = agreement();
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, whole.size() - 1}) CHECK(!receive(std::string_view{whole}.substr(0, bytes)));
  for (const std::string& frames : {std::string{}, std::string{"\x81\x00", 2}, std::string{"\r\n\r\n"}}) {
    const Outcome outcome = receive(whole + frames);
    REQUIRE(outcome.has_value());
    REQUIRE(std::holds_alternative<Agreed>(*outcome));
    CHECK(std::get<Agreed>(*outcome).frames == frames);
    CHECK(!std::get<Agreed>(*outcome).deflate);
  }
  const Outcome deflating = receive(agreement("Sec-WebSocket-Protocol: starling.v1\r\nSec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; "
                                              "server_no_context_takeover\r\n"));
  REQUIRE(deflating.has_value());
  REQUIRE(std::holds_alternative<Agreed>(*deflating));
  CHECK(std::get<Agreed>(*deflating).deflate == ws::DeflateAnswer{.server_keeps_window = false});
}

TEST_CASE("an agreement to something else says to what, and does not get better") {
  struct Case {
    std::string_view want;
    std::string bytes;
  };
  for (const auto& c : {
           Case{"the server does not speak starling.v1", agreement("")},
           Case{"the server's handshake is wrong: it speaks a subprotocol that was not offered", agreement("Sec-WebSocket-Protocol: mqtt\r\n")},
           Case{"the server's handshake is wrong: it uses an extension that was not offered, or not as it was",
                agreement("Sec-WebSocket-Protocol: starling.v1\r\nSec-WebSocket-Extensions: x-webkit-deflate-frame\r\n")},
           Case{"the server's handshake is wrong: it upgrades to something else",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"},
           Case{"the server's handshake is wrong: its Connection header does not name the upgrade",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"},
           Case{"the server's handshake is wrong: its Sec-WebSocket-Accept is not for our key",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"},
           Case{"this is not a web server", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
       }) {
    CAPTURE(c.want);
    const Declined refusal = declined(c.bytes);
    CHECK(refusal.reason == c.want);
    CHECK(!refusal.can_get_better);
    CHECK(!refusal.wait_s);
  }
}

TEST_CASE("a refusal is told in the server's words, and its status says whether it can get better") {
  struct Case {
    std::string_view status;
    bool can_get_better;
  };
  for (const auto& c : {Case{"200 OK", false}, Case{"301 Moved Permanently", false}, Case{"400 Bad Request", false}, Case{"403 Forbidden", false},
                        Case{"407 x", false}, Case{"408 Request Timeout", true}, Case{"409 x", false}, Case{"428 x", false},
                        Case{"429 Too Many Requests", true}, Case{"430 x", false}, Case{"499 x", false}, Case{"500 x", true}, Case{"503 x", true}}) {
    CAPTURE(c.status);
    const Declined refusal = declined(answer(c.status, "", R"({"title":"no","detail":"why"})"));
    CHECK(refusal.reason == "the server answers HTTP " + std::string{c.status.substr(0, 3)} + ": why");
    CHECK(refusal.can_get_better == c.can_get_better);
  }
  for (const auto& [body, want] : {std::pair{R"({"title":"no"})", ": no"}, std::pair{R"({"detail":7,"title":"no"})", ": no"}, std::pair{"<html>", ""},
                                   std::pair{"[]", ""}, std::pair{"", ""}}) {
    CAPTURE(body);
    CHECK(declined(answer("404 Not Found", "", body)).reason == "the server answers HTTP 404" + std::string{want});
  }
}

TEST_CASE("what the server says in a refusal is one line, and moves no cursor") {
  for (const auto& [detail, want] : {std::pair{R"(one\ntwo)", "one two"}, std::pair{R"(\u001b]0;title\u0007)", " ]0;title "}, std::pair{R"(a\u007fb)", "a b"},
                                     std::pair{R"(\u009b2J)", "  2J"}, std::pair{R"(\u0080\u009f)", "    "}, std::pair{R"(\u00a0)", "\xC2\xA0"},
                                     std::pair{R"(Straße, 東京)", "Straße, 東京"}}) {
    CAPTURE(detail);
    CHECK(declined(answer("403 x", "", R"({"detail":")" + std::string{detail} + R"("})")).reason == "the server answers HTTP 403: " + std::string{want});
  }
}

TEST_CASE("Retry-After counts where it is a number of seconds") {
  for (const auto& [value, want] :
       {std::pair{"10", std::optional<std::int64_t>{10}}, std::pair{"0", std::optional<std::int64_t>{0}}, std::pair{"-1", std::optional<std::int64_t>{}},
        std::pair{"9223372036854775807", std::optional{std::int64_t{9'223'372'036'854'775'807}}},
        std::pair{"9223372036854775808", std::optional<std::int64_t>{}}, std::pair{"1.5", std::optional<std::int64_t>{}},
        std::pair{"Fri, 31 Dec 1999 23:59:59 GMT", std::optional<std::int64_t>{}}}) {
    CAPTURE(value);
    CHECK(declined(answer("503 x", "Retry-After: " + std::string{value} + "\r\n")).wait_s == want);
  }
}

TEST_CASE("the body of a refusal is awaited up to its length or the bound, and a head up to its own") {
  constexpr std::size_t kBodyMax = Handshake::kRefusalBytesMax;
  const auto is_over = [](const std::vector<std::string>& pieces) {
    Handshake handshake{std::string{kKey}};
    Outcome outcome;
    for (const std::string& piece : pieces) {
      REQUIRE(!outcome);
      outcome = handshake.receive(as_bytes(piece));
    }
    return outcome.has_value();
  };
  const auto head_of = [](std::string_view length) { return "HTTP/1.1 404 Not Found\r\nContent-Length: " + std::string{length} + "\r\n\r\n"; };
  CHECK(!is_over({head_of("5"), "1234"}));
  CHECK(is_over({head_of("5"), "1234", "5"}));
  CHECK(is_over({head_of("5"), "123456"}));
  CHECK(is_over({head_of("nonsense")}));
  CHECK(!is_over({head_of("1000000000"), std::string(kBodyMax - 1, 'x')}));
  CHECK(is_over({head_of("1000000000"), std::string(kBodyMax - 1, 'x'), "x"}));

  const auto head_of_bytes = [](std::size_t bytes) {  // up to the empty line
    const std::string begin = "HTTP/1.1 404 Not Found\r\nX: ";
    return begin + std::string(bytes - begin.size(), 'x');
  };
  CHECK(!is_over({head_of_bytes(kAnswerHeadBytesMax)}));
  CHECK(is_over({head_of_bytes(kAnswerHeadBytesMax), "\r"}));
  CHECK(declined(head_of_bytes(kAnswerHeadBytesMax + 1)).reason == "the answer to the handshake is too long");
  CHECK(declined(head_of_bytes(kAnswerHeadBytesMax - 3) + "\r\n\r\n").reason == "the server answers HTTP 404");
}

}  // namespace
}  // namespace starling::client

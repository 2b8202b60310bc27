#include "starling/client/handshake.hpp"

#include <fmt/format.h>

#include <charconv>

#include "starling/client/answer_head.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/ws/handshake.hpp"

namespace starling::client {
namespace {

constexpr std::string_view kSubprotocol = "starling.v1";

std::optional<std::int64_t> whole_number(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size() || number < 0) return std::nullopt;
  return number;
}

/// Without control characters, of C0 and C1: whoever prints it is not to be written to by the server.
std::string without_controls(std::string text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto before = i == 0 ? 0 : static_cast<unsigned char>(text[i - 1]);
    if (c < 0x20 || c == 0x7F) text[i] = ' ';
    if (before == 0xC2 && c >= 0x80 && c < 0xA0) text[i - 1] = text[i] = ' ';
  }
  return text;
}

/// What a problem document (RFC 9457) tells people; empty if `body` is none.
std::string problem_text(std::string_view body) {
  const auto compact = json::compact(body);
  if (!compact || json::kind_of(*compact) != json::Kind::object) return {};
  for (const std::string_view name : {"detail", "title"}) {
    const auto value = json::find(*compact, name);
    if (value && json::kind_of(*value) == json::Kind::string) return without_controls(json::decode(*value));
  }
  return {};
}

std::string_view to_text(ws::AnswerError error) {
  switch (error) {
    case ws::AnswerError::status:
      return "it does not upgrade";
    case ws::AnswerError::upgrade:
      return "it upgrades to something else";
    case ws::AnswerError::connection:
      return "its Connection header does not name the upgrade";
    case ws::AnswerError::accept:
      return "its Sec-WebSocket-Accept is not for our key";
    case ws::AnswerError::extension:
      return "it uses an extension that was not offered, or not as it was";
    case ws::AnswerError::subprotocol:
      return "it speaks a subprotocol that was not offered";
  }
  return {};
}

Declined refusal(const AnswerHead& head, std::string_view body) {
  constexpr unsigned kRequestTimeout = 408, kTooManyRequests = 429;
  const std::string text = problem_text(body);
  return {.reason = fmt::format("the server answers HTTP {}{}{}", head.status, text.empty() ? "" : ": ", text),
          .can_get_better = head.status >= 500 || head.status == kRequestTimeout || head.status == kTooManyRequests,
          .wait_s = whole_number(head.find("Retry-After").value_or(""))};
}

}  // namespace

Handshake::Handshake(std::string key) : key_(std::move(key)) {}

std::string Handshake::request(const Url& url) const {
  const std::string host = url.authority();
  auto request =
      ws::build_client_request({.host = host, .path = url.path, .key = key_, .subprotocol = kSubprotocol, .extensions = ws::kDeflateOffer, .headers = {}});
  STARLING_CHECK(request.has_value());  // read_url lets nothing else through
  return std::move(*request);
}

std::optional<std::variant<Agreed, Declined>> Handshake::receive(Bytes bytes) {
  head_ += as_text(bytes);
  const std::size_t end_of_head = head_.find("\r\n\r\n");
  if (end_of_head == std::string::npos || end_of_head > kAnswerHeadBytesMax) {
    if (head_.size() > kAnswerHeadBytesMax) return Declined{.reason = "the answer to the handshake is too long"};
    return std::nullopt;
  }
  const std::string_view text = std::string_view{head_}.substr(0, end_of_head + 4);
  const std::string_view rest = std::string_view{head_}.substr(end_of_head + 4);
  const auto head = read_answer_head(text);
  if (!head) return Declined{.reason = "this is not a web server"};
  if (head->status != 101) {
    const auto body_bytes = whole_number(head->find("Content-Length").value_or("0")).value_or(0);
    if (rest.size() < kRefusalBytesMax && static_cast<std::int64_t>(rest.size()) < body_bytes) return std::nullopt;
    return refusal(*head, rest);
  }
  std::optional<ws::DeflateAnswer> deflate;
  const auto agreed = ws::check_server_answer(head->status, head->headers, key_, kSubprotocol, &deflate);
  if (!agreed) return Declined{.reason = fmt::format("the server's handshake is wrong: {}", to_text(agreed.error()))};
  if (agreed->empty()) return Declined{.reason = fmt::format("the server does not speak {}", kSubprotocol)};
  return Agreed{.deflate = deflate, .frames = std::string{rest}};
}

}  // namespace starling::client

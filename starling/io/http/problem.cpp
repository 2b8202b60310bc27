#include "starling/io/http/problem.hpp"

#include "starling/core/base/json.hpp"

namespace starling::http {
namespace {

Response document(unsigned status, std::string_view detail, std::string_view code, std::string_view field) {
  std::string body = R"({"type":"about:blank","title":)";
  json::append_string(body, reason_phrase(status));
  body += R"(,"status":)" + std::to_string(status) + R"(,"detail":)";
  json::append_string(body, detail);
  if (!code.empty()) {
    body += R"(,"code":)";
    json::append_string(body, code);
  }
  if (!field.empty()) {
    body += R"(,"field":)";
    json::append_string(body, field);
  }
  body += '}';
  return {.status = status,
          .headers = {{"Content-Type", "application/problem+json"}, {"Cache-Control", "no-store"}},
          .body = std::move(body)};
}

}  // namespace

Response problem(unsigned status, std::string_view detail) { return document(status, detail, {}, {}); }

Response problem(const protocol::Error& error) {
  return document(status_of(error.code), error.message, protocol::to_text(error.code), error.field);
}

unsigned status_of(protocol::ErrorCode code) noexcept {
  using protocol::ErrorCode;
  switch (code) {
    case ErrorCode::bad_message:
    case ErrorCode::bad_filter:
    case ErrorCode::bad_channel:
    case ErrorCode::bad_key:
    case ErrorCode::unknown_type:
    case ErrorCode::unknown_id:
    case ErrorCode::limit_fields:
    case ErrorCode::limit_subscriptions:
      return 400;
    case ErrorCode::unknown_channel:
      return 404;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::unauthorized:
      return 401;
    case ErrorCode::rate:
      return 429;
    case ErrorCode::backlog:
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::limit_message:
    case ErrorCode::limit_record:
      return 413;
    case ErrorCode::limit_keys:
    case ErrorCode::limit_channels:
    case ErrorCode::limit_state:
      return 507;
  }
  return 500;
}

}  // namespace starling::http

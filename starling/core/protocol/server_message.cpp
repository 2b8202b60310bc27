#include "starling/core/protocol/server_message.hpp"

#include <fmt/format.h>

#include <chrono>

#include "starling/core/base/json.hpp"

namespace starling::protocol {
namespace {

std::int64_t milliseconds(Duration duration) { return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count(); }

std::string ref_member(const std::optional<std::string>& ref) { return ref ? fmt::format(R"(,"ref":{})", *ref) : std::string{}; }

}  // namespace

std::string write(const Welcome& welcome) {
  return fmt::format(
      R"({{"type":"welcome","session":{},"epoch":{},"time":"{}","tick_ms":{},"heartbeat_ms":{},"timeout_ms":{},)"
      R"("limits":{{"message_bytes":{},"frame_bytes":{},"subscriptions":{},"channels_per_subscription":{},"publish_per_second":{}}},"server":{}}})",
      json::quoted(welcome.session), json::quoted(welcome.epoch), format_rfc3339(welcome.time), milliseconds(welcome.tick),
      milliseconds(welcome.heartbeat), milliseconds(welcome.timeout), welcome.message_bytes, welcome.frame_bytes, welcome.subscriptions,
      welcome.channels_per_subscription, welcome.publish_per_second, json::quoted(welcome.server));
}

std::string write(const Error& error) {
  std::string text = fmt::format(R"({{"type":"error","code":"{}","message":{},"retry":"{}")", to_text(error.code), json::quoted(error.message),
                                 to_text(retry_of(error.code)));
  text += ref_member(error.ref);
  if (error.id) text += fmt::format(R"(,"id":{})", *error.id);
  if (!error.field.empty()) text += fmt::format(R"(,"field":{})", json::quoted(error.field));
  text += '}';
  return text;
}

std::string write_ok(const std::optional<std::string>& ref, std::uint64_t seq) {
  return fmt::format(R"({{"type":"ok"{},"seq":{}}})", ref_member(ref), seq);
}

std::string write_pong(const std::optional<std::string>& ref, Timestamp time) {
  return fmt::format(R"({{"type":"pong"{},"time":"{}"}})", ref_member(ref), format_rfc3339(time));
}

std::string write_unsubscribed(std::uint32_t id) { return fmt::format(R"({{"type":"unsubscribed","id":{}}})", id); }

std::string write_bye(std::string_view reason, Duration reconnect) {
  return fmt::format(R"({{"type":"bye","reason":"{}","reconnect_ms":{}}})", reason, reconnect / std::chrono::milliseconds{1});
}

std::string write_progress(Timestamp time, const std::vector<std::pair<std::uint32_t, std::uint64_t>>& at) {
  std::string text = fmt::format(R"({{"type":"progress","time":"{}","at":{{)", format_rfc3339(time));
  for (std::size_t i = 0; i < at.size(); ++i) text += fmt::format(R"({}"{}":{})", i > 0 ? "," : "", at[i].first, at[i].second);
  text += "}}";
  return text;
}

}  // namespace starling::protocol

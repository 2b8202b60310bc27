#include "starling/sources/recording/line.hpp"

#include <fmt/format.h>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/object_reader.hpp"
#include "starling/core/state/channel.hpp"

namespace starling::sources::recording {
namespace {

Unexpected<std::string> fail(std::string message) { return Unexpected{std::move(message)}; }

}  // namespace

Result<Line, std::string> read_line(std::string_view text) {
  std::string room;
  const auto object = protocol::read_object(text, room);
  if (!object) return fail(object.error().message);
  protocol::ObjectReader reader{*object};

  const auto at_ms = reader.integer("at_ms");
  if (!at_ms && !reader.has_failed()) return fail("at_ms is missing: give the milliseconds since the recording began");
  const bool is_note = reader.string("note").has_value();
  const auto kind = reader.string("kind");
  auto reason = reader.string("reason");
  if (reader.has_failed()) return fail(reader.take_error().message);
  if (*at_ms < 0 || *at_ms > kAtMax_ms) return fail(fmt::format("at_ms is not within 0 and {}", kAtMax_ms));
  Line line{.at = std::chrono::milliseconds{*at_ms}, .report = {}};
  if (is_note) return line;

  if (kind && *kind != "event") return fail("kind is \"event\", or left out");
  auto update = protocol::read_update(*object);
  if (!update) return fail(update.error().message);
  if (!state::is_channel_name(update->channel)) return fail("channel is not a channel's name: give space:facet");
  if (update->key && !state::is_key(*update->key)) return fail("key is not a key: give 1 to 256 bytes without control characters");
  line.report.emplace(Report{.update = std::move(*update), .is_event = kind.has_value(), .reason = {}});
  if (line.report->update.operation == state::Operation::remove) line.report->reason = std::move(reason).value_or(std::string{});
  return line;
}

std::string write_line(std::chrono::milliseconds at, const Report& report) {
  const state::Update& update = report.update;
  std::string text = fmt::format(R"({{"at_ms":{})", at.count());
  if (report.is_event) text += R"(,"kind":"event")";
  text += R"(,"channel":)" + json::quoted(update.channel);
  if (update.key) text += R"(,"key":)" + json::quoted(*update.key);
  switch (update.operation) {
    case state::Operation::merge:
      break;
    case state::Operation::replace:
      text += R"(,"op":"replace")";
      break;
    case state::Operation::remove:
      text += R"(,"op":"remove")";
      if (!report.reason.empty()) text += R"(,"reason":)" + json::quoted(report.reason);
      break;
  }
  if (update.operation != state::Operation::remove) text += R"(,"data":)" + update.data;
  if (const auto* point = std::get_if<geo::Point>(&update.location)) {
    text += fmt::format(R"(,"location":{{"latitude":{},"longitude":{}}})", point->latitude_deg, point->longitude_deg);
  } else if (std::holds_alternative<state::NoLocation>(update.location)) {
    text += R"(,"location":null)";
  }
  if (update.time) text += fmt::format(R"(,"time":"{}")", format_rfc3339(*update.time));
  return text + "}\n";
}

bool can_be_recorded(const state::Update& update) noexcept {
  return state::is_channel_name(update.channel) && (!update.key || state::is_key(*update.key));
}

}  // namespace starling::sources::recording

#include "starling/core/protocol/event_dialect.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"

namespace starling::protocol {
namespace {

/// What a member says, if it is a string; else nothing that any message says.
std::string string_of(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  return value && json::kind_of(*value) == json::Kind::string ? json::decode(*value) : std::string{};
}

std::string pong(Timestamp now) { return fmt::format(R"({{"event":"pong","data":{{}},"timestamp":"{}"}})", format_rfc3339(now)); }

std::string flat(std::string_view event, Timestamp now, std::string_view more = {}) {
  return fmt::format(R"({{"event":"{}","timestamp":"{}"{}}})", event, format_rfc3339(now), more);
}

}  // namespace

Dialect::Opening EventDialect::open(const view::View&) {
  const state::Seq head = at_.fanout.log().head();
  if (form_ == EventForm::nested) return {nullptr, head};
  return {fanout::Frame::text(flat("connected", at_.times.now, R"(,"message":"Connected to Starling","version":"1.0")")), head};
}

std::string EventDialect::heartbeat() const { return form_ == EventForm::nested ? pong(at_.times.now) : flat("heartbeat", at_.times.now, R"(,"message":"alive")"); }

Asked EventDialect::read(std::string_view text, std::vector<std::string>& chosen) const {
  const auto message = json::compact(text);
  if (!message || json::kind_of(*message) != json::Kind::object) {
    if (form_ == EventForm::nested) return Nothing{};
    return Say{fmt::format(R"({{"event":"error","message":"Invalid JSON format","timestamp":"{}"}})", format_rfc3339(at_.times.now))};
  }
  const std::string event = string_of(*message, "event");
  return form_ == EventForm::nested ? read_nested(event, *message, chosen) : read_flat(event, *message);
}

Asked EventDialect::read_nested(std::string_view event, std::string_view message, std::vector<std::string>& chosen) const {
  if (event == "ping") return Say{pong(at_.times.now)};
  if (event != "subscribe" && event != "unsubscribe") return Nothing{};
  const auto data = json::find(message, "data");
  if (!data || json::kind_of(*data) != json::Kind::object) return Nothing{};
  const std::string name = string_of(*data, "event_name");
  if (std::ranges::find(channels_, name, &DoorChannel::event_name) == channels_.end()) return Nothing{};
  const auto found = std::ranges::find(chosen, name);
  if ((found != chosen.end()) == (event == "subscribe")) return Nothing{};  // it is so already
  if (found == chosen.end()) {
    chosen.push_back(name);
  } else {
    chosen.erase(found);
  }
  return look_at(chosen);
}

Asked EventDialect::read_flat(std::string_view event, std::string_view message) const {
  const Timestamp now = at_.times.now;
  if (event == "ping") return Say{flat("pong", now)};
  if (event != "subscribe") return Nothing{};
  const auto channels = json::find(message, "channels");
  if (!channels || json::kind_of(*channels) != json::Kind::array) return Nothing{};
  for (const std::string_view name : json::Elements{*channels}) {
    if (json::kind_of(name) != json::Kind::string) return Nothing{};
  }
  return Say{fmt::format(R"({{"event":"subscribed","channels":{},"timestamp":"{}"}})", *channels, format_rfc3339(now))};
}

Look EventDialect::look_at(const std::vector<std::string>& chosen) const {
  Part states, events;
  for (const DoorChannel& each : channels_) {
    if (!chosen.empty() && std::ranges::find(chosen, each.event_name) == chosen.end()) continue;
    // Those of events are declared, and so known from the start.
    const state::Channel* channel = at_.channels.find(each.channel);
    (channel != nullptr && channel->kind == state::ChannelKind::event ? events : states).query.channels.push_back(each.channel);
  }
  return {.parts = {std::move(states), std::move(events)}};
}

}  // namespace starling::protocol

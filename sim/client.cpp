#include "sim/client.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/broken.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

std::string_view member(std::string_view object, std::string_view name) { return json::find(object, name).value_or("{}"); }

std::uint64_t number(std::string_view object, std::string_view name) {
  return static_cast<std::uint64_t>(json::integer(member(object, name)).value_or(0));
}

std::string text(std::string_view object, std::string_view name) { return json::decode(json::find(object, name).value_or("\"\"")); }

Record to_record(std::string_view object) {
  Record record;
  for (const json::Member& field : json::Members{object}) record[json::decode_inside(field.name)] = field.value;
  return record;
}

Client::Event to_event(const std::string& channel, std::string_view event) {
  Client::Event read{channel, number(event, "seq"), number(event, "n"), {}, text(event, "time"), {}, to_record(member(event, "data"))};
  if (const auto key = json::find(event, "key")) read.key = json::decode(*key);
  if (const auto at = json::find(event, "location")) read.location = {*json::number(member(*at, "latitude")), *json::number(member(*at, "longitude"))};
  return read;
}

}  // namespace

Client::Notice Client::take(std::string_view message) {
  const std::string type = text(message, "type");
  if (type == "subscribed") return take_subscribed(message);
  if (type == "snapshot") return take_snapshot(message);
  if (type == "update") return take_update(message);
  if (type == "welcome") {
    const bool is_another_life = text(message, "epoch") != epoch_;
    epoch_ = text(message, "epoch");
    for (auto& [id, held] : held_) held.floor = is_another_life ? 0 : held.floor;
  }
  if (type != "progress") return {};
  for (const json::Member& at : json::Members{member(message, "at")}) {
    const auto held = held_.find(static_cast<std::uint32_t>(*json::integer(at.name)));
    if (held == held_.end()) throw Broken{fmt::format("progress of {}, which it never asked for", at.name)};
    // While it holds nothing whole, it is of a subscription that has been replaced meanwhile.
    if (held->second.position) move(held->second, static_cast<std::uint64_t>(*json::integer(at.value)));
  }
  return Progress{};
}

void Client::connect() {
  for (auto& [id, held] : held_) {
    held.is_on_new_line = true;
    held.staged.clear();
    held.parts.clear();
  }
}

std::optional<std::uint64_t> Client::position(std::uint32_t id) const {
  const auto found = held_.find(id);
  return found == held_.end() ? std::nullopt : found->second.position;
}

Client::Notice Client::take_subscribed(std::string_view message) {
  Subscribed subscribed{static_cast<std::uint32_t>(number(message, "id")), member(message, "resumed") == "true", text(message, "reason"), text(message, "view"),
                        number(message, "seq"), {}};
  for (const json::Member& gap : json::Members{member(message, "gaps")}) {
    subscribed.gaps.push_back({json::decode_inside(gap.name), number(gap.value, "after"), number(gap.value, "before")});
  }
  Held& held = held_[subscribed.id];
  held.staged.clear();
  held.parts.clear();
  // Who has no cursor, because it held nothing whole when its line was lost, is nobody the server knows.
  if (std::exchange(held.is_on_new_line, false) && subscribed.reason == "new") held.floor = 0;
  if (!subscribed.resumed && subscribed.reason != "replaced") {
    held.position.reset();
    if (subscribed.reason != "expired") held.last_event.reset();
    if (bare_.contains(subscribed.id)) {
      held.shown.clear();
      move(held, subscribed.seq);
    }
  }
  return subscribed;
}

Client::Notice Client::take_snapshot(std::string_view message) {
  Step step{static_cast<std::uint32_t>(number(message, "id")), number(message, "seq"), true, {}, {}, {}, 0};
  Held& held = held_[step.id];
  for (const json::Member& channel : json::Members{member(message, "channels")}) {
    for (const json::Member& record : json::Members{channel.value}) {
      held.staged[json::decode_inside(channel.name)][json::decode_inside(record.name)] = to_record(record.value);
    }
  }
  if (member(message, "more") == "true") return {};
  held.shown = std::exchange(held.staged, {});
  return complete(std::move(step), held);
}

Client::Notice Client::take_update(std::string_view message) {
  Step step{static_cast<std::uint32_t>(number(message, "id")), number(message, "seq"), false, {}, {}, {}, 0};
  Held& held = held_[step.id];
  held.parts.emplace_back(message);
  if (member(message, "more") == "true") return {};
  for (const std::string& part : std::exchange(held.parts, {})) {
    if (number(part, "seq") != step.seq) throw Broken{fmt::format("a part of seq {} among those of seq {}", number(part, "seq"), step.seq)};
    apply(part, held, step);
  }
  std::ranges::sort(step.events, {}, [](const Event& event) { return std::pair{event.seq, event.n}; });
  step.events_had = std::erase_if(step.events, [&held](const Event& event) { return held.last_event && std::pair{event.seq, event.n} <= *held.last_event; });
  if (!step.events.empty()) held.last_event = std::pair{step.events.back().seq, step.events.back().n};
  return complete(std::move(step), held);
}

void Client::apply(std::string_view part, Held& held, Step& step) {
  for (const json::Member& told : json::Members{member(part, "channels")}) {
    const std::string channel = json::decode_inside(told.name);
    auto& records = held.shown[channel];
    for (const json::Member& key : json::Members{member(told.value, "remove")}) {
      if (records.erase(json::decode_inside(key.name)) == 0) throw Broken{fmt::format("a removal of {} {}, which is not held", channel, key.name)};
      step.removals.push_back({channel, json::decode_inside(key.name), json::decode(key.value)});
    }
    for (const json::Member& record : json::Members{member(told.value, "set")}) {
      const auto [held_record, is_new] = records.try_emplace(json::decode_inside(record.name));
      Record whole = to_record(record.value);
      if (!is_new && held_record->second == whole) throw Broken{fmt::format("{} {} is told, and is what it was", channel, record.name)};
      held_record->second = std::move(whole);
    }
    for (const json::Member& patch : json::Members{member(told.value, "patch")}) {
      const auto record = records.find(json::decode_inside(patch.name));
      if (record == records.end()) throw Broken{fmt::format("a patch for {} {}, which is not held", channel, json::decode_inside(patch.name))};
      for (auto& [name, value] : to_record(patch.value)) {
        std::string& field = record->second[name];
        if (field == value) throw Broken{fmt::format("{} of {} {} is told, and is what it was", name, channel, patch.name)};
        field = value;
      }
    }
    if (const auto gap = json::find(told.value, "gap")) step.gaps.push_back({channel, number(*gap, "after"), number(*gap, "before")});
    if (const auto events = json::find(told.value, "events")) {
      for (const std::string_view event : json::Elements{*events}) {
        step.events.push_back(to_event(channel, event));
      }
    }
    if (records.empty()) held.shown.erase(channel);
  }
}

Client::Step Client::complete(Step step, Held& held) {
  move(held, step.seq);
  return step;
}

void Client::move(Held& held, std::uint64_t to) {
  if (to < held.floor) throw Broken{fmt::format("seq {} after seq {}", to, held.floor)};
  held.position = held.floor = to;
}

}  // namespace starling::sim

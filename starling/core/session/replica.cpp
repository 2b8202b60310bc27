#include "starling/core/session/replica.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"

namespace starling::session {
namespace {

std::uint64_t whole_number(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  const auto number = value ? json::integer(*value) : std::nullopt;
  return number && *number >= 0 ? static_cast<std::uint64_t>(*number) : 0;
}

/// Visits the members of the object called `name`, if there is one, with decoded names.
template <class Visit>
void for_each_member(std::string_view object, std::string_view name, Visit&& visit) {
  const auto value = json::find(object, name);
  if (!value || json::kind_of(*value) != json::Kind::object) return;
  for (const json::Member& member : json::Members{*value}) visit(json::decode_inside(member.name), member.value);
}

bool is_object(std::string_view value) { return json::kind_of(value) == json::Kind::object; }

/// What no server sends in a channel of an update, by its name; empty if nothing.
std::string_view fault_in(std::string_view told) {
  if (!is_object(told)) return "channel";
  for (const std::string_view name : {"remove", "set", "patch"}) {
    const auto members = json::find(told, name);
    if (!members) continue;
    if (!is_object(*members)) return name;
    const json::Kind wanted = name == "remove" ? json::Kind::string : json::Kind::object;
    for (const json::Member& member : json::Members{*members}) {
      if (json::kind_of(member.value) != wanted) return name;
    }
  }
  if (const auto gap = json::find(told, "gap"); gap && !is_object(*gap)) return "gap";
  if (const auto events = json::find(told, "events")) {
    if (json::kind_of(*events) != json::Kind::array) return "events";
    for (const std::string_view event : json::Elements{*events}) {
      if (!is_object(event)) return "events";
    }
  }
  return {};
}

}  // namespace

Result<std::optional<Replica::Step>, std::string> Replica::apply(std::string_view message) {
  const std::uint64_t seq = whole_number(message, "seq");
  const auto more = json::find(message, "more");
  const auto type = json::find(message, "type");
  if (type == R"("snapshot")") return apply_snapshot(message, seq, more == "true");
  return apply_update(message, seq, more == "true");
}

void Replica::forget_parts() {
  staged_.clear();
  staged_seq_.reset();
  parts_.clear();
  parts_seq_.reset();
}

const Replica::Records* Replica::find(std::string_view channel) const {
  const auto found = channels_.find(std::string{channel});
  return found == channels_.end() ? nullptr : &found->second;
}

Result<std::optional<Replica::Step>, std::string> Replica::apply_snapshot(std::string_view message, std::uint64_t seq, bool more) {
  if (staged_seq_ != seq) staged_.clear();
  staged_seq_ = seq;
  std::optional<std::string> fault;
  for_each_member(message, "channels", [&](const std::string& channel, std::string_view records) {
    if (!is_object(records)) {
      fault = fmt::format("channel {} of a snapshot is not an object", channel);
      return;
    }
    for (const json::Member& record : json::Members{records}) {
      std::string key = json::decode_inside(record.name);
      if (!is_object(record.value)) {
        fault = fmt::format("{} {} of a snapshot is not an object", channel, key);
        return;
      }
      if (!staged_[channel].emplace(key, state::Fields::from(record.value)).second) fault = fmt::format("{} {} stands in a snapshot twice", channel, key);
    }
  });
  if (fault) return Unexpected{std::move(*fault)};
  if (more) return std::optional<Step>{};
  channels_ = std::move(staged_);
  forget_parts();
  Step step;
  step.seq = seq;
  step.is_snapshot = true;
  return std::optional{std::move(step)};
}

Result<std::optional<Replica::Step>, std::string> Replica::apply_update(std::string_view message, std::uint64_t seq, bool more) {
  if (parts_seq_ && *parts_seq_ != seq) return Unexpected{fmt::format("a part of seq {} among the parts of seq {}", seq, *parts_seq_)};
  parts_.emplace_back(message);
  parts_seq_ = seq;
  if (more) return std::optional<Step>{};
  Step step;
  step.seq = seq;
  const std::vector<std::string> parts = std::exchange(parts_, {});
  parts_seq_.reset();
  for (const std::string& part : parts) {
    if (auto fault = assign(part, step)) return Unexpected{std::move(*fault)};
  }
  std::ranges::sort(step.events, {}, [](const Event& event) { return std::pair{event.seq, event.n}; });
  std::erase_if(step.events, [this](const Event& event) { return last_event_ && std::pair{event.seq, event.n} <= *last_event_; });
  if (!step.events.empty()) last_event_ = std::pair{step.events.back().seq, step.events.back().n};
  return std::optional{std::move(step)};
}

std::optional<std::string> Replica::assign(std::string_view message, Step& step) {
  std::optional<std::string> fault;
  for_each_member(message, "channels", [&](const std::string& channel, std::string_view told) {
    if (const std::string_view wrong = fault_in(told); !wrong.empty()) {
      fault = fmt::format("{} of {} in an update is not what it should be", wrong, channel);
      return;
    }
    for_each_member(told, "remove", [&](std::string key, std::string_view reason) {
      if (const auto records = channels_.find(channel); records != channels_.end()) {
        records->second.erase(key);
        if (records->second.empty()) channels_.erase(records);
      }
      step.removals.push_back({channel, std::move(key), json::decode(reason)});
    });
    for_each_member(told, "set", [&](const std::string& key, std::string_view record) { channels_[channel][key] = state::Fields::from(record); });
    for_each_member(told, "patch", [&](const std::string& key, std::string_view patch) {
      const auto records = channels_.find(channel);
      const auto record = records == channels_.end() ? Records::iterator{} : records->second.find(key);
      if (records == channels_.end() || record == records->second.end()) {
        fault = fmt::format("a patch for {} {}, which is not held", channel, key);
        return;
      }
      if (auto merged = state::Fields::merged(record->second, state::Fields::from(patch))) record->second = std::move(*merged);
    });
    if (const auto gap = json::find(told, "gap")) step.gaps.push_back({channel, whole_number(*gap, "after"), whole_number(*gap, "before")});
    if (const auto events = json::find(told, "events")) {
      for (const std::string_view event : json::Elements{*events}) {
        step.events.push_back({channel, whole_number(event, "seq"), whole_number(event, "n"), std::string{event}});
      }
    }
  });
  return fault;
}

}  // namespace starling::session

#include "starling/sources/recording/recorder.hpp"

#include <fmt/format.h>

#include <utility>

#include "starling/core/base/json.hpp"
#include "starling/sources/recording/line_reader.hpp"

namespace starling::sources::recording {
namespace {

using session::ClientSession;
using session::Replica;

bool is_object(std::string_view value) { return json::kind_of(value) == json::Kind::object; }

bool is_update(std::string_view message) {
  const auto id = json::find(message, "id");
  return json::find(message, "type") == R"("update")" && id && json::integer(*id) == Recorder::kSubscription;
}

bool ends_snapshot(std::string_view message) { return json::find(message, "type") == R"("snapshot")" && json::find(message, "more") != "true"; }

}  // namespace

Recorder::Recorder(view::Query query, std::optional<double> rate) : asked_(session_.subscribe(kSubscription, std::move(query), rate)) {}

std::string Recorder::receive(std::string_view message, Moment now) {
  const auto compact = json::compact(message);
  if (!compact || !is_object(*compact)) return {};
  if (is_update(*compact)) parts_.push_back(*compact);
  Channels before;
  if (ends_snapshot(*compact)) before = session_.replica(kSubscription)->channels();

  const auto received = session_.receive(*compact);
  if (!received) parts_.clear();  // whoever holds the connection ends it for that
  if (!received || !*received) return {};
  if (begun_at_) at_ = std::chrono::duration_cast<std::chrono::milliseconds>(now.instant - *begun_at_);
  if (const auto* subscribed = std::get_if<ClientSession::Subscribed>(&**received)) {
    parts_.clear();
    if (begun_at_) take(*subscribed);
  } else if (const auto* stepped = std::get_if<ClientSession::Stepped>(&**received)) {
    if (!begun_at_) begin(now);
    if (stepped->step.is_snapshot) {
      take_snapshot(before, session_.replica(kSubscription)->channels());
    } else {
      take_update(stepped->step);
    }
  }
  return take_lines();
}

std::string Recorder::lose(std::string_view reason, Moment now) {
  if (!begun_at_) return {};
  at_ = std::chrono::duration_cast<std::chrono::milliseconds>(now.instant - *begun_at_);
  note("lost", R"(,"reason":)" + json::quoted(reason));
  return take_lines();
}

std::string Recorder::end(Moment now) {
  if (!begun_at_) return {};
  at_ = std::chrono::duration_cast<std::chrono::milliseconds>(now.instant - *begun_at_);
  note("end");
  return take_lines();
}

void Recorder::begin(Moment now) {
  begun_at_ = now.instant;
  note("recording", fmt::format(R"(,"time":"{}","asked":{})", format_rfc3339(now.timestamp), asked_));
}

void Recorder::take(const ClientSession::Subscribed& subscribed) {
  note("subscribed", R"(,"reason":)" + json::quoted(subscribed.reason));
  for (const Replica::Gap& gap : subscribed.gaps) note_gap(gap);
}

void Recorder::take_snapshot(const Channels& before, const Channels& after) {
  const auto find = [](const Channels& channels, const std::string& channel, const std::string& key) -> const state::Fields* {
    const auto records = channels.find(channel);
    if (records == channels.end()) return nullptr;
    const auto record = records->second.find(key);
    return record == records->second.end() ? nullptr : &record->second;
  };
  for (const auto& [channel, records] : before) {
    for (const auto& [key, record] : records) {
      if (find(after, channel, key) == nullptr) report(channel, key, state::Operation::remove, {}, "unseen");
    }
  }
  for (const auto& [channel, records] : after) {
    for (const auto& [key, record] : records) {
      const state::Fields* known = find(before, channel, key);
      if (known == nullptr || !known->equals(record)) report(channel, key, state::Operation::replace, record.text());
    }
  }
}

/// The replica has applied the parts, so they are what they should be.
void Recorder::take_update(const Replica::Step& step) {
  for (const std::string& part : std::exchange(parts_, {})) {
    const auto channels = json::find(part, "channels");
    if (!channels || !is_object(*channels)) continue;
    for (const json::Member& member : json::Members{*channels}) {
      const std::string channel = json::decode_inside(member.name);
      const auto for_each = [&](std::string_view name, auto&& take) {
        const auto told = json::find(member.value, name);
        if (!told) return;
        for (const json::Member& one : json::Members{*told}) take(json::decode_inside(one.name), one.value);
      };
      for_each("remove", [&](const std::string& key, std::string_view reason) { report(channel, key, state::Operation::remove, {}, json::decode(reason)); });
      for_each("set", [&](const std::string& key, std::string_view record) { report(channel, key, state::Operation::replace, record); });
      for_each("patch", [&](const std::string& key, std::string_view patch) { report(channel, key, state::Operation::merge, patch); });
    }
  }
  for (const Replica::Gap& gap : step.gaps) note_gap(gap);
  for (const Replica::Event& event : step.events) {
    // An event has the members of an envelope, but for the channel.
    const auto update = protocol::read_update(event.text, event.channel);
    if (update) {
      report({.update = *update, .is_event = true});
    } else {
      note("left out", fmt::format(R"(,"channel":{},"reason":{})", json::quoted(event.channel), json::quoted(update.error().message)));
    }
  }
}

void Recorder::report(std::string_view channel, std::string_view key, state::Operation operation, std::string_view data, std::string_view reason) {
  report({.update = {.channel = std::string{channel}, .key = std::string{key}, .data = std::string{data}, .operation = operation, .location = {}, .time = {}},
          .is_event = false,
          .reason = std::string{reason}});
}

/// A server that is not ours may say what no line can hold.
void Recorder::report(Report report) {
  const std::string line = can_be_recorded(report.update) ? write_line(at_, report) : std::string{};
  if (line.empty() || line.size() > kLineBytesMax) {
    return note("left out", fmt::format(R"(,"channel":{},"reason":"{}")", json::quoted(report.update.channel), line.empty() ? "no such channel or key can be" : "too long"));
  }
  ++reports_;
  lines_ += line;
}

void Recorder::note(std::string_view name, std::string_view members) {
  lines_ += fmt::format(R"({{"at_ms":{},"note":"{}"{}}})", at_.count(), name, members) + '\n';
}

void Recorder::note_gap(const Replica::Gap& gap) {
  note("gap", fmt::format(R"(,"channel":{},"after":{},"before":{})", json::quoted(gap.channel), gap.after, gap.before));
}

}  // namespace starling::sources::recording

#include "sim/event_door.hpp"

#include <fmt/format.h>

#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

Record record_of(std::string_view object) {
  Record record;
  for (const json::Member& member : json::Members{object}) record[json::decode_inside(member.name)] = member.value;
  return record;
}

}  // namespace

void EventDoor::connect() {
  chosen_.clear();
  held_.clear();
  from_.clear();
  for (const std::string& channel : channels_) from_[channel] = truth_.head();
  for (const std::string& channel : channels_) at_[channel] = truth_.head();
  events_.begin(truth_.head(), truth_.head());
}

std::string EventDoor::say(Dice& random, std::uint64_t number) {
  if (random.chance(0.3)) return R"({"event":"ping","data":{}})";
  if (random.chance(0.2)) return random.chance(0.5) ? "{" : R"({"event":"subscribe","data":{"event_name":"no:such"}})";
  auto picked = channels_.begin();
  std::advance(picked, random.below(channels_.size()));
  const bool is_there = chosen_.contains(*picked);
  const std::set<std::string> before = shown();
  if (is_there) {
    chosen_.erase(*picked);
  } else {
    chosen_.insert(*picked);
  }
  for (const std::string& channel : shown()) {
    if (before.contains(channel)) continue;
    held_.erase(channel);
    from_[channel].reset();
  }
  events_.ask(number);
  return fmt::format(R"({{"event":"{}","data":{{"event_name":"{}"}}}})", is_there ? "unsubscribe" : "subscribe", *picked);
}

void EventDoor::take(std::string_view message, const DoorKnowledge& server) {
  ++judged_;
  may_lose_ = server.may_lose;
  const auto event = json::find(message, "event"), data = json::find(message, "data");
  if (!event || !data) throw Broken{fmt::format("{} is none of its messages", message)};
  const std::string name = json::decode(*event);
  if (name == "pong") return;
  if (!channels_.contains(name)) throw Broken{fmt::format("it is told of {}, which its door does not show", name)};
  if (!truth_.is_event(name)) return take_map(name, *data);
  const Record said = record_of(*data);
  const auto& found = events_.next(truth_, view_of(channels_), may_lose_, [&](const SaidEvent& due) { return due.channel == name && due.data == said; });
  if (json::find(message, "timestamp") != '"' + truth_.time_of(found) + '"') throw Broken{fmt::format("{} came at another time than it says", message)};
}

void EventDoor::take_map(const std::string& channel, std::string_view data) {
  Records told;
  for (const json::Member& member : json::Members{data}) told[json::decode_inside(member.name)] = record_of(member.value);
  for (std::uint64_t seq = at_[channel]; seq <= truth_.head(); ++seq) {
    if (records(channel, seq) != told) continue;
    at_[channel] = seq;
    held_[channel] = std::move(told);
    return;
  }
  throw Broken{fmt::format("{} was never so since seq {}: {}", channel, at_[channel], data)};
}

void EventDoor::check_current() const {
  for (const std::string& channel : shown()) {
    if (truth_.is_event(channel)) continue;
    const Records due = records(channel, truth_.head());
    const auto held = held_.find(channel);
    const auto from = from_.at(channel);
    // Of what it was not told it has what it began with: nothing where it was to be told what there is.
    const Records has = held != held_.end() ? held->second : from ? records(channel, *from) : Records{};
    if (has != due) throw Broken{fmt::format("in the end it holds other records of {} than there are", channel)};
  }
  events_.check_current(truth_, view_of(shown()), may_lose_);
}

EventDoor::Records EventDoor::records(const std::string& channel, std::uint64_t seq) const {
  PlainView view;
  view.query.channels = {channel};
  Shown shown = truth_.shown(view, seq);
  return std::move(shown[channel]);
}

PlainView EventDoor::view_of(const std::set<std::string>& channels) {
  PlainView view;
  view.query.channels = channels;
  return view;
}

}  // namespace starling::sim

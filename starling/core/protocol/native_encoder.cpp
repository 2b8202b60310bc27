#include "starling/core/protocol/native_encoder.hpp"

#include <fmt/format.h>

#include <iterator>

#include "starling/core/base/json.hpp"

namespace starling::protocol {
namespace {

const char* to_text(fanout::SubscribedReason reason) noexcept {
  switch (reason) {
    case fanout::SubscribedReason::fresh: return "new";
    case fanout::SubscribedReason::replaced: return "replaced";
    case fanout::SubscribedReason::resumed: return "resumed";
    case fanout::SubscribedReason::epoch: return "epoch";
    case fanout::SubscribedReason::expired: return "expired";
    case fanout::SubscribedReason::query: return "query";
  }
  return "";
}

/// `"key":` in a list, with the comma before it.
void begin_member(std::string& list, std::string_view key) {
  if (!list.empty()) list += ',';
  json::append_string(list, key);
  list += ':';
}

void append_part(std::string& out, bool& first, std::string_view name, char open, const std::string& list, char close) {
  if (list.empty()) return;
  if (!first) out += ',';
  first = false;
  out += '"';
  out += name;
  out += "\":";
  out += open;
  out += list;
  out += close;
}

}  // namespace

fanout::FramePtr NativeEncoder::subscribed(std::uint32_t id, state::Seq seq, const view::View& view, fanout::SubscribedReason reason,
                                           const std::vector<fanout::Gap>& gaps) {
  std::string text = fmt::format(R"({{"type":"subscribed","id":{},"seq":{},"view":"{}","resumed":{},"reason":"{}")", id, seq, view.name(),
                                 reason == fanout::SubscribedReason::resumed, to_text(reason));
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    text += i == 0 ? R"(,"gaps":{)" : ",";
    text += fmt::format(R"({}:{{"after":{},"before":{}}})", json::quoted(gaps[i].channel->name), gaps[i].after, gaps[i].before);
  }
  text += gaps.empty() ? "}" : "}}";
  return fanout::Frame::text(text);
}

void NativeEncoder::begin(std::uint32_t id) {
  for (std::size_t i = 0; i < used_; ++i) {
    Section& section = sections_[i];
    for (std::string* list : {&section.remove, &section.set, &section.patch, &section.events, &section.gap}) list->clear();
  }
  id_ = id;
  bytes_ = 0;
  used_ = 0;
}

NativeEncoder::Section& NativeEncoder::section_of(const state::Channel& channel) {
  for (std::size_t i = 0; i < used_; ++i) {
    if (sections_[i].channel == &channel) return sections_[i];
  }
  if (used_ == sections_.size()) sections_.emplace_back();
  Section& section = sections_[used_++];
  section.channel = &channel;
  bytes_ += channel.name.size() + kSectionBytesMax;
  return section;
}

void NativeEncoder::add(std::string_view key, const view::Difference& difference, const view::View& view) {
  Section& section = section_of(*difference.channel);
  const auto bytes_before = section.remove.size() + section.set.size() + section.patch.size();
  switch (difference.told) {
    case view::Told::remove:
      begin_member(section.remove, key);
      json::append_string(section.remove, view::to_text(difference.reason));
      break;
    case view::Told::set:
      begin_member(section.set, key);
      view::append_shown(section.set, view, *difference.after);
      break;
    case view::Told::patch:
      begin_member(section.patch, key);
      section.patch += '{';
      for (std::size_t i = 0; i < difference.patch.size(); ++i) {
        if (i > 0) section.patch += ',';
        section.patch += difference.patch[i].member();
      }
      section.patch += '}';
      break;
  }
  bytes_ += section.remove.size() + section.set.size() + section.patch.size() - bytes_before;
}

void NativeEncoder::add(const state::Event& event, const view::View& view) {
  std::string& events = section_of(*event.channel).events;
  const std::size_t bytes_before = events.size();
  if (!events.empty()) events += ',';
  fmt::format_to(std::back_inserter(events), R"({{"seq":{},"n":{})", event.seq, event.n);
  if (event.key) {
    events += ",\"key\":";
    json::append_string(events, *event.key);
  }
  fmt::format_to(std::back_inserter(events), R"(,"time":"{}")", format_rfc3339(event.time));
  if (event.location) {
    fmt::format_to(std::back_inserter(events), R"(,"location":{{"latitude":{},"longitude":{}}})", event.location->latitude_deg,
                   event.location->longitude_deg);
  }
  events += ",\"data\":";
  if (view.shows_all_fields()) {
    events += event.data;
  } else {
    view::append_shown(events, view, state::Fields::from(event.data));
  }
  events += '}';
  bytes_ += events.size() - bytes_before;
}

void NativeEncoder::add(const fanout::Gap& gap) {
  std::string& text = section_of(*gap.channel).gap;
  bytes_ -= text.size();
  text = fmt::format(R"("after":{},"before":{})", gap.after, gap.before);
  bytes_ += text.size();
}

fanout::FramePtr NativeEncoder::finish_update(state::Seq seq, bool more) {
  std::string text = fmt::format(R"({{"type":"update","id":{},"seq":{},"channels":{{)", id_, seq);
  text.reserve(bytes_ + kEnvelopeBytesMax);
  for (std::size_t i = 0; i < used_; ++i) {
    const Section& section = sections_[i];
    if (i > 0) text += ',';
    json::append_string(text, section.channel->name);
    text += ":{";
    bool first = true;
    append_part(text, first, "remove", '{', section.remove, '}');
    append_part(text, first, "set", '{', section.set, '}');
    append_part(text, first, "patch", '{', section.patch, '}');
    append_part(text, first, "gap", '{', section.gap, '}');
    append_part(text, first, "events", '[', section.events, ']');
    text += '}';
  }
  text += more ? R"(},"more":true})" : "}}";
  return fanout::Frame::text(text);
}

fanout::FramePtr NativeEncoder::finish_snapshot(state::Seq seq, bool more) {
  std::string text = fmt::format(R"({{"type":"snapshot","id":{},"seq":{},"channels":{{)", id_, seq);
  text.reserve(bytes_ + kEnvelopeBytesMax);
  for (std::size_t i = 0; i < used_; ++i) {
    if (i > 0) text += ',';
    json::append_string(text, sections_[i].channel->name);
    text += ":{";
    text += sections_[i].set;
    text += '}';
  }
  text += more ? R"(},"more":true})" : R"(},"more":false})";
  return fanout::Frame::text(text);
}

}  // namespace starling::protocol

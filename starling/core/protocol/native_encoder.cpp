#include "starling/core/protocol/native_encoder.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
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
    case fanout::SubscribedReason::rights: return "rights";
    case fanout::SubscribedReason::ended: return "ended";
  }
  return "";
}

/// Every frame has some: a format string costs more than they do.
void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_part(std::string& out, bool& first, std::string_view name, char open, std::string_view list, char close) {
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
  const bool goes_on = reason == fanout::SubscribedReason::resumed || reason == fanout::SubscribedReason::replaced || reason == fanout::SubscribedReason::ended;
  std::string text = fmt::format(R"({{"type":"subscribed","id":{},"seq":{})", id, seq);
  if (!time_of_) text += fmt::format(R"(,"view":"{}")", view.name());
  text += fmt::format(R"(,"resumed":{},"reason":"{}")", goes_on && reason != fanout::SubscribedReason::replaced, to_text(reason));
  if (time_of_) text += fmt::format(R"(,"replay":true,"time":"{}")", format_rfc3339(time_of_(seq)));
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    text += i == 0 ? R"(,"gaps":{)" : ",";
    text += fmt::format(R"({}:{{"after":{},"before":{}}})", json::quoted(gaps[i].channel->name), gaps[i].after, gaps[i].before);
  }
  text += gaps.empty() ? "}" : "}}";
  return fanout::Frame::text(text, goes_on ? fanout::FrameStage::none : fanout::FrameStage::anew, seq);
}

void NativeEncoder::begin(std::uint32_t id) {
  for (std::size_t i = 0; i < used_; ++i) {
    Section& section = sections_[i];
    for (std::string* list : {&section.remove, &section.set, &section.patch, &section.events, &section.gap}) list->clear();
  }
  id_ = id;
  bytes_ = time_of_ ? kTimeBytes : 0;
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

std::optional<view::Told> NativeEncoder::write(std::string& out, std::string_view key, const view::Transition& transition, const view::View& was,
                                               const view::View& is) const {
  const std::size_t before = out.size();
  json::append_string(out, key);
  out += ':';
  const view::Projection& shown = *is.projection();
  switch (transition.told) {
    case view::Told::remove: json::append_string(out, view::to_text(transition.reason)); return view::Told::remove;
    case view::Told::set: break;
    case view::Told::patch:
      switch (shown.append_patch(out, *transition.channel, *was.projection(), transition.before->fields, transition.after->fields)) {
        case view::Projection::Patch::same: out.resize(before); return std::nullopt;
        case view::Projection::Patch::patch: return view::Told::patch;
        case view::Projection::Patch::whole: break;
      }
      break;
  }
  shown.append_record(out, *transition.channel, transition.after->fields);
  return view::Told::set;
}

void NativeEncoder::write(std::string& out, const state::Event& event, const view::View& view) const {
  out += R"({"seq":)";
  append_number(out, event.seq);
  out += R"(,"n":)";
  append_number(out, event.n);
  if (event.key) {
    out += ",\"key\":";
    json::append_string(out, *event.key);
  }
  out += R"(,"time":")";
  out += format_rfc3339(event.time);
  out += '"';
  if (const auto location = view.projection()->shown_location(event)) {
    fmt::format_to(std::back_inserter(out), R"(,"location":{{"latitude":{},"longitude":{}}})", location->latitude_deg, location->longitude_deg);
  }
  out += ",\"data\":";
  view.projection()->append_data(out, event);
  out += '}';
}

void NativeEncoder::add(const state::Channel& channel, view::Told told, std::string_view fragment) {
  Section& section = section_of(channel);
  switch (told) {
    case view::Told::remove: append(section.remove, fragment); break;
    case view::Told::set: append(section.set, fragment); break;
    case view::Told::patch: append(section.patch, fragment); break;
  }
}

void NativeEncoder::add_event(const state::Channel& channel, std::string_view fragment) { append(section_of(channel).events, fragment); }

void NativeEncoder::append(std::string& list, std::string_view fragment) {
  if (!list.empty()) list += ',';
  list += fragment;
  bytes_ += fragment.size() + 1;
}

void NativeEncoder::add(const fanout::Gap& gap) {
  std::string& text = section_of(*gap.channel).gap;
  bytes_ -= text.size();
  text = fmt::format(R"("after":{},"before":{})", gap.after, gap.before);
  bytes_ += text.size();
}

fanout::FramePtr NativeEncoder::finish_update(state::Seq seq, bool more) { return finish("update", seq, false, more, more ? R"(,"more":true})" : "}"); }

fanout::FramePtr NativeEncoder::finish_snapshot(state::Seq seq, bool more) { return finish("snapshot", seq, true, more, more ? R"(,"more":true})" : R"(,"more":false})"); }

fanout::FramePtr NativeEncoder::finish(std::string_view type, state::Seq seq, bool is_snapshot, bool more, std::string_view end) {
  std::string text;
  text.reserve(fanout::Frame::kHeadroom + bytes_ + kEnvelopeBytesMax);
  text.append(fanout::Frame::kHeadroom, '\0');
  text += R"({"type":")";
  text += type;
  text += R"(","id":)";
  append_number(text, id_);
  text += R"(,"seq":)";
  append_number(text, seq);
  text += R"(,"channels":{)";
  for (std::size_t i = 0; i < used_; ++i) {
    const Section& section = sections_[i];
    if (i > 0) text += ',';
    json::append_string(text, section.channel->name);
    text += ":{";
    if (is_snapshot) {
      text += section.set;
    } else {
      bool first = true;
      append_part(text, first, "remove", '{', section.remove, '}');
      append_part(text, first, "set", '{', section.set, '}');
      append_part(text, first, "patch", '{', section.patch, '}');
      append_part(text, first, "gap", '{', section.gap, '}');
      append_part(text, first, "events", '[', section.events, ']');
    }
    text += '}';
  }
  text += '}';
  if (time_of_ && !is_snapshot) {
    text += R"(,"time":")";
    text += format_rfc3339(time_of_(seq));
    text += '"';
  }
  text += end;
  return fanout::Frame::text_behind_headroom(std::move(text), more ? fanout::FrameStage::part : fanout::FrameStage::complete, seq);
}

}  // namespace starling::protocol

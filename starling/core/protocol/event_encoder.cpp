#include "starling/core/protocol/event_encoder.hpp"

#include <algorithm>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::protocol {
namespace {

void add_once(std::vector<const state::Channel*>& list, const state::Channel& channel) {
  if (std::ranges::find(list, &channel) == list.end()) list.push_back(&channel);
}

}  // namespace

std::optional<view::Told> EventEncoder::write(std::string&, std::string_view, const view::Transition& transition, const view::View&, const view::View&) const {
  if (transition.told == view::Told::patch && transition.before->fields.equals(transition.after->fields)) return std::nullopt;
  return transition.told;
}

void EventEncoder::write(std::string& out, const state::Event& event, const view::View& view) const {
  std::string data;
  view.projection()->append_data(data, event);
  out += message(event_name(*event.channel), data, event.time);
}

void EventEncoder::begin(std::uint32_t) {
  view_ = nullptr;
  changed_.clear();
  announced_.clear();
  events_.clear();
}

void EventEncoder::begin_for(std::uint32_t id, const view::View& view) {
  begin(id);
  view_ = &view;
}

void EventEncoder::add(const state::Channel& channel, view::Told, std::string_view) {
  // What went because nobody looks at its channel any more is nothing to tell.
  if (view_->shows(channel)) add_once(changed_, channel);
}

void EventEncoder::add_event(const state::Channel&, std::string_view fragment) { events_.emplace_back(fragment); }

void EventEncoder::add_announced(const state::Channel& channel) {
  if (view_->shows(channel)) add_once(announced_, channel);
}

fanout::FramePtr EventEncoder::finish_update(state::Seq seq, bool) {
  std::vector<std::string> messages;
  for (const DoorChannel& each : channels_) {
    const auto is_it = [&each](const state::Channel* channel) { return channel->name == each.channel; };
    const auto announced = std::ranges::find_if(announced_, is_it);
    if (announced != announced_.end()) {
      messages.push_back(map_message(**announced, true));
    } else if (const auto changed = std::ranges::find_if(changed_, is_it); changed != changed_.end()) {
      messages.push_back(map_message(**changed, false));
    }
  }
  std::ranges::move(events_, std::back_inserter(messages));
  return messages.empty() ? nullptr : fanout::Frame::texts(messages, fanout::FrameStage::complete, seq);
}

fanout::FramePtr EventEncoder::finish_snapshot(state::Seq seq, bool) {
  std::vector<std::string> messages;
  for (const DoorChannel& each : channels_) {
    const state::Channel* channel = at_.channels.find(each.channel);
    if (channel == nullptr || channel->kind != state::ChannelKind::state || !view_->shows(*channel)) continue;
    messages.push_back(map_message(*channel, false));
  }
  return messages.empty() ? nullptr : fanout::Frame::texts(messages, fanout::FrameStage::complete, seq);
}

std::string_view EventEncoder::event_name(const state::Channel& channel) const noexcept {
  const auto found = std::ranges::find(channels_, channel.name, &DoorChannel::channel);
  return found == channels_.end() ? std::string_view{channel.name} : std::string_view{found->event_name};
}

std::string EventEncoder::message(std::string_view event_name, std::string_view data, Timestamp time) const {
  std::string text = R"({"event":)";
  json::append_string(text, event_name);
  const std::string when = R"(,"timestamp":")" + format_rfc3339(time) + '"';
  if (form_ == EventForm::flat) text += when;
  text += R"(,"data":)";
  text += data;
  if (form_ == EventForm::nested) text += when;
  text += '}';
  return text;
}

std::string EventEncoder::map_message(const state::Channel& channel, bool is_announced) const {
  STARLING_CHECK(view_ != nullptr);
  struct Record {
    std::string_view key;
    const state::Facet* facet;
  };
  std::vector<Record> records;
  const std::vector<state::Space>& spaces = at_.fanout.state().spaces();
  if (channel.space_index < spaces.size()) {
    spaces[channel.space_index].for_each([&](const state::EntityPtr& entity) {
      if (const state::Facet* facet = entity->find(channel)) records.push_back({entity->key(), facet});
    });
  }
  std::ranges::sort(records, {}, &Record::key);
  std::string data = "{";
  std::optional<Timestamp> newest;
  for (const Record& record : records) {
    if (data.size() > 1) data += ',';
    json::append_string(data, record.key);
    data += ':';
    view_->projection()->append_record(data, channel, record.facet->fields);
    newest = std::max(newest.value_or(record.facet->time), record.facet->time);
  }
  data += '}';
  return message(event_name(channel), data, newest && !is_announced ? *newest : at_.times.batch);
}

}  // namespace starling::protocol

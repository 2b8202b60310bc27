#include "starling/core/protocol/mesh_encoder.hpp"

#include <algorithm>
#include <iterator>

#include "starling/core/protocol/mesh_objects.hpp"
#include "starling/core/protocol/mesh_snapshot.hpp"

namespace starling::protocol {
namespace {

using mesh::Kind;

// What a line of a fragment is.
constexpr char kNodeLine = 'N', kPositionLine = 'P', kTelemetryLine = 'T', kStatusLine = 'S';

void append(std::string& list, std::string_view object) {
  if (!list.empty()) list += ',';
  list += object;
}

/// Adds a line if there is such an object of the entity.
void append_line(std::string& out, char line, const state::Entity& entity, bool (*append_object)(std::string&, const state::Entity&)) {
  const std::size_t before = out.size();
  if (before > 0) out += '\n';
  out += line;
  if (!append_object(out, entity)) out.resize(before);
}

}  // namespace

std::optional<view::Told> MeshEncoder::write(std::string& out, std::string_view key, const view::Transition& transition, const view::View&, const view::View&) const {
  if (transition.told == view::Told::remove) {
    // There is no word for it; but its node is without it, and one of which nothing is left is not there.
    if (transition.reason != view::RemoveReason::deleted && transition.reason != view::RemoveReason::expired) return std::nullopt;
    const std::size_t before = out.size();
    if (transition.entity != nullptr) {
      std::string was, is;
      append_line(was, kNodeLine, *transition.entity_before, mesh::append_node);
      append_line(is, kNodeLine, *transition.entity, mesh::append_node);
      if (is != was) out += is;
    } else if (mesh::kind_of(*transition.channel) == Kind::presence && transition.before->fields.find("online") == "true") {
      out += kStatusLine;
      mesh::append_gone(out, key);
    }
    return out.size() == before ? std::nullopt : std::optional{view::Told::set};
  }
  const state::Entity& entity = *transition.entity;
  std::string lines;
  bool is_changed = transition.entity_before != transition.entity;  // else it only comes to be shown more, and its node's record says it
  switch (mesh::kind_of(*transition.channel)) {
    case Kind::node: break;
    case Kind::position: append_line(lines, kPositionLine, entity, mesh::append_position); break;
    case Kind::telemetry: append_line(lines, kTelemetryLine, entity, mesh::append_telemetry); break;
    case Kind::presence: {
      const auto differs = [&transition](std::string_view field) { return transition.before == nullptr || transition.before->fields.find(field) != transition.after->fields.find(field); };
      if (differs("online")) append_line(lines, kStatusLine, entity, mesh::append_status);
      is_changed = is_changed && differs("heard");
      break;
    }
    case Kind::message:
    case Kind::raw:
    case Kind::none: return std::nullopt;
  }
  if (is_changed || mesh::kind_of(*transition.channel) == Kind::node) append_line(lines, kNodeLine, entity, mesh::append_node);
  if (lines.empty()) return std::nullopt;
  out += lines;
  return view::Told::set;
}

void MeshEncoder::write(std::string& out, const state::Event& event, const view::View&) const {
  if (mesh::kind_of(*event.channel) == Kind::message) {
    mesh::append_message(out, event);
  } else {
    (void)mesh::append_packet(out, event);  // what is none is an empty fragment
  }
}

void MeshEncoder::begin_for(std::uint32_t id, const view::View& view) {
  begin(id);
  view_ = &view;
}

void MeshEncoder::begin(std::uint32_t id) {
  kinds_ = id;
  view_ = nullptr;
  for (std::string* list : {&nodes_, &positions_, &telemetry_, &messages_, &packets_}) list->clear();
  statuses_.clear();
  told_nodes_.clear();
}

void MeshEncoder::add(const state::Channel&, view::Told, std::string_view fragment) {
  while (!fragment.empty()) {
    const std::size_t end = fragment.find('\n');  // compact JSON has none
    add_line(fragment.substr(0, end));
    if (end == std::string_view::npos) return;
    fragment.remove_prefix(end + 1);
  }
}

void MeshEncoder::add_line(std::string_view line) {
  const std::string_view object = line.substr(1);
  switch (line.front()) {
    case kNodeLine:
      if ((kinds_ & kMeshNodes) != 0 && told_nodes_.emplace(object).second) append(nodes_, object);
      return;
    case kPositionLine:
      if ((kinds_ & kMeshPositions) != 0) append(positions_, object);
      return;
    case kTelemetryLine:
      if ((kinds_ & kMeshTelemetry) != 0) append(telemetry_, object);
      return;
    default:
      if ((kinds_ & kMeshNodes) != 0) statuses_.emplace_back(object);
      return;
  }
}

void MeshEncoder::add_event(const state::Channel& channel, std::string_view fragment) {
  if (!fragment.empty()) append(mesh::kind_of(channel) == Kind::message ? messages_ : packets_, fragment);
}

bool MeshEncoder::is_empty() const noexcept {
  return nodes_.empty() && positions_.empty() && telemetry_.empty() && messages_.empty() && packets_.empty() && statuses_.empty();
}

fanout::FramePtr MeshEncoder::finish_snapshot(state::Seq seq, bool) {
  std::vector<std::string> messages{write_mesh_snapshot(at_.fanout, *view_, kinds_, at_.times.now)};
  std::ranges::move(write_mesh_rest(at_.fanout, *view_, kinds_), std::back_inserter(messages));
  return fanout::Frame::texts(messages, fanout::FrameStage::complete, seq);
}

fanout::FramePtr MeshEncoder::finish_update(state::Seq seq, bool more) {
  std::vector<std::string> messages;
  const auto say = [&messages](std::string_view head, const std::string& list) {
    if (!list.empty()) messages.push_back(std::string{head} + list + "]}");
  };
  say(R"({"type":"node_update","nodes":[)", nodes_);
  say(R"({"type":"position_update","positions":[)", positions_);
  say(R"({"type":"telemetry_update","telemetry":[)", telemetry_);
  messages.insert(messages.end(), statuses_.begin(), statuses_.end());
  say(R"({"type":"message","messages":[)", messages_);
  say(R"({"type":"mqtt_raw","packets":[)", packets_);
  if (messages.empty()) return nullptr;
  return fanout::Frame::texts(messages, more ? fanout::FrameStage::part : fanout::FrameStage::complete, seq);
}

}  // namespace starling::protocol

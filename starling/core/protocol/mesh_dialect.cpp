#include "starling/core/protocol/mesh_dialect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/bounds.hpp"
#include "starling/core/protocol/mesh_snapshot.hpp"
#include "starling/core/protocol/object_reader.hpp"

namespace starling::protocol {
namespace {

struct MessageType {
  std::string_view name;
  std::uint32_t kind;
};
constexpr std::array kMessageTypes{MessageType{"node", kMeshNodes}, MessageType{"position", kMeshPositions}, MessageType{"telemetry", kMeshTelemetry}, MessageType{"message", kMeshMessages}};

/// The channels of these kinds; `inputs`: and those that a node's object is made of.
std::vector<std::string> channels_of(std::uint32_t kinds, bool inputs) {
  const std::uint32_t nodes = inputs ? std::uint32_t{kMeshNodes} : 0;
  std::vector<std::string> channels;
  const auto add = [&](std::string_view channel, std::uint32_t needed_by) {
    if ((kinds & needed_by) != 0) channels.emplace_back(channel);
  };
  add("mesh:node", kMeshNodes);
  add("mesh:position", nodes | kMeshPositions);
  add("mesh:telemetry", nodes | kMeshTelemetry);
  add("mesh:presence", kMeshNodes);
  add("mesh:message", kMeshMessages);
  add("mesh:raw", kMeshRaw);
  return channels;
}

Look look_at(std::uint32_t kinds, view::Filter filter = {}) {
  Look look;
  look.parts.push_back({.query = {.channels = channels_of(kinds, true), .filter = filter, .fields = {}},
                        .number = kinds,
                        .told = view::Query{.channels = channels_of(kinds, false), .filter = std::move(filter), .fields = {}}});
  return look;
}

/// A list that is empty or null is as if it were not there.
std::vector<std::string> list_of(ObjectReader& reader, std::string_view name) {
  if (reader.any(name) == "null") return {};
  return reader.strings(name).value_or(std::vector<std::string>{});
}

std::uint32_t read_kinds(ObjectReader& reader) {
  std::uint32_t kinds = 0;
  for (const std::string& name : list_of(reader, "messageTypes")) {
    const auto found = std::ranges::find(kMessageTypes, name, &MessageType::name);
    if (found == kMessageTypes.end()) {
      reader.fail(ErrorCode::bad_filter, "messageTypes", "messageTypes are node, position, telemetry and message");
      return 0;
    }
    kinds |= found->kind;
  }
  return kinds == 0 ? std::uint32_t{kMeshAll} : kinds;
}

std::string type_of(std::string_view message) {
  const auto type = json::find(message, "type");
  return type && json::kind_of(*type) == json::Kind::string ? json::decode(*type) : std::string{};
}

}  // namespace

Look MeshDialect::everything() const { return look_at(kMeshAll); }

Dialect::Opening MeshDialect::open(const view::View& view) {
  const Timestamp now = at_.times.now;
  const bool is_current = shared_.frame && now >= shared_at_ && now - shared_at_ < at_.fanout.options().tick && at_.fanout.log().reaches(shared_.seq);
  if (!is_current) {
    shared_ = {state(view, kMeshAll), at_.fanout.log().head()};
    shared_at_ = now;
  }
  return shared_;
}

fanout::FramePtr MeshDialect::state(const view::View& view, std::uint32_t number) {
  const bool is_everything = number == kMeshAll && !view.reach().keys && !view.reach().bounds;
  if (is_everything && shared_.frame && shared_.seq == at_.fanout.log().head() && shared_at_ == at_.times.now) return shared_.frame;
  return fanout::Frame::text(write_mesh_snapshot(at_.fanout, view, number, at_.times.now));
}

std::string MeshDialect::heartbeat() const { return fmt::format(R"({{"type":"pong","timestamp":{}}})", at_.times.now.time_since_epoch().count()); }

Asked MeshDialect::read(std::string_view text, std::vector<std::string>&) const {
  const auto message = json::compact(text);
  if (!message || json::kind_of(*message) != json::Kind::object) return Nothing{};
  const std::string type = type_of(*message);
  if (type == "ping") return Say{heartbeat()};
  if (type == "request_snapshot") return Again{};
  if (type == "unsubscribe") return everything();
  if (type != "subscribe") return Nothing{};
  auto look = read_mesh_filter(json::find(*message, "filter"));
  if (look) return std::move(*look);
  return Say{fmt::format(R"({{"type":"error","error":{},"code":"BAD_FILTER"}})", json::quoted(look.error()))};
}

Result<Look, std::string> read_mesh_filter(std::optional<std::string_view> filter) {
  if (!filter || *filter == "null") return look_at(kMeshAll);
  if (json::kind_of(*filter) != json::Kind::object) return Unexpected{std::string{"filter must be an object"}};
  ObjectReader reader{*filter, "filter"};
  const std::uint32_t kinds = read_kinds(reader);
  view::Filter shown;
  auto node_ids = list_of(reader, "nodeIds");
  if (node_ids.size() > kMeshNodeIdsMax) reader.fail(ErrorCode::bad_filter, "nodeIds", fmt::format("a filter names at most {} nodes", kMeshNodeIdsMax));
  if (!node_ids.empty()) shown.keys = std::move(node_ids);
  if (reader.any("bounds") && reader.any("bounds") != "null") {
    if (const auto bounds = reader.object("bounds")) shown.bounds = read_bounds(*bounds, reader);
  }
  if (reader.has_failed()) return Unexpected{reader.take_error().message};
  return look_at(kinds, std::move(shown));
}

}  // namespace starling::protocol

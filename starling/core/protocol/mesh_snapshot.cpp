#include "starling/core/protocol/mesh_snapshot.hpp"

#include <algorithm>
#include <vector>

#include "starling/core/fanout/selection.hpp"
#include "starling/core/protocol/mesh_encoder.hpp"
#include "starling/core/protocol/mesh_objects.hpp"

namespace starling::protocol {
namespace {

struct Heard {
  Timestamp at;
  state::EntityPtr entity;
};

/// Appends a comma where an object stands already, and what `append_object` appends.
template <class AppendObject>
void append_element(std::string& out, AppendObject&& append_object) {
  const std::size_t before = out.size();
  if (out.back() != '[') out += ',';
  if (!append_object()) out.resize(before);
}

}  // namespace

std::string write_mesh_snapshot(const fanout::Fanout& fanout, const view::View& view, std::uint32_t kinds, Timestamp now) {
  std::vector<Heard> nodes;
  std::vector<state::EntityPtr> located;
  fanout::for_each_selected(fanout.state(), view, [&](const state::EntityPtr& entity) {
    if (view.membership(*entity) != view::Membership::inside) return;
    if ((kinds & kMeshPositions) != 0 && mesh::find(*entity, mesh::Kind::position) != nullptr) located.push_back(entity);
    if ((kinds & kMeshNodes) == 0 || mesh::find(*entity, mesh::Kind::node) == nullptr) return;
    if (const auto at = mesh::last_heard(*entity); at && *at + kMeshHeardWithin >= now) nodes.push_back({*at, entity});
  });
  const auto key = [](const state::EntityPtr& entity) -> const std::string& { return entity->key(); };
  std::ranges::sort(nodes, [&](const Heard& a, const Heard& b) { return a.at != b.at ? a.at > b.at : key(a.entity) < key(b.entity); });
  std::ranges::sort(located, {}, key);

  std::string out = R"({"type":"snapshot","data":{"nodes":[)";
  for (const Heard& node : nodes) append_element(out, [&] { return mesh::append_node(out, *node.entity); });
  out += R"(],"positions":[)";
  for (const state::EntityPtr& entity : located) append_element(out, [&] { return mesh::append_position(out, *entity); });
  out += R"(],"recentMessages":[)";
  if ((kinds & kMeshMessages) != 0) {
    const auto recent = fanout.tails().newest(view, kMeshRecentMessages, fanout.log().head());
    for (auto event = recent.rbegin(); event != recent.rend(); ++event) {
      if (mesh::kind_of(*(*event)->channel) != mesh::Kind::message) continue;
      append_element(out, [&] {
        mesh::append_message(out, **event);
        return true;
      });
    }
  }
  out += R"(],"timestamp":)" + std::to_string(now.time_since_epoch().count()) + "}}";
  return out;
}

std::vector<std::string> write_mesh_rest(const fanout::Fanout& fanout, const view::View& view, std::uint32_t kinds) {
  std::vector<state::EntityPtr> shown;
  fanout::for_each_selected(fanout.state(), view, [&](const state::EntityPtr& entity) {
    if (view.membership(*entity) == view::Membership::inside) shown.push_back(entity);
  });
  std::ranges::sort(shown, {}, [](const state::EntityPtr& entity) -> const std::string& { return entity->key(); });

  std::vector<std::string> messages;
  if ((kinds & kMeshTelemetry) != 0) {
    std::string telemetry = R"({"type":"telemetry_update","telemetry":[)";
    for (const state::EntityPtr& entity : shown) append_element(telemetry, [&] { return mesh::append_telemetry(telemetry, *entity); });
    if (telemetry.back() != '[') messages.push_back(telemetry + "]}");
  }
  if ((kinds & kMeshNodes) != 0) {
    for (const state::EntityPtr& entity : shown) {
      std::string status;
      if (mesh::append_status(status, *entity)) messages.push_back(std::move(status));
    }
  }
  return messages;
}

}  // namespace starling::protocol

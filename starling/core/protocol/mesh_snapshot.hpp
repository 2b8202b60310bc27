/// @file
/// The mesh map's snapshot: all nodes, positions and messages that a view shows now, in one message.
#pragma once

#include <string>
#include <vector>

#include "starling/core/fanout/fanout.hpp"

namespace starling::protocol {

/// Nodes that were heard within so long are in it.
inline constexpr Duration kMeshHeardWithin = std::chrono::hours{1};
inline constexpr std::size_t kMeshRecentMessages = 50;

/// `kinds`: MeshKinds; the lists of others are empty.
[[nodiscard]] std::string write_mesh_snapshot(const fanout::Fanout& fanout, const view::View& view, std::uint32_t kinds, Timestamp now);

/// The messages that say what a snapshot does not: all telemetry, and of each node whether it is online. Who comes does without; who holds some of it from before does not know
/// what of it has changed.
[[nodiscard]] std::vector<std::string> write_mesh_rest(const fanout::Fanout& fanout, const view::View& view, std::uint32_t kinds);

}  // namespace starling::protocol

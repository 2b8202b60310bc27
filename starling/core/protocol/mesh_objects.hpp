/// @file
/// The objects of the mesh map's wire, written from the records of the space `mesh` (docs/DOORS.md has both sides).
///
/// Each is a pure function of an entity or an event. Members stand in a fixed order; one whose field is not there is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/state/entity.hpp"
#include "starling/core/state/event.hpp"

namespace starling::protocol::mesh {

/// What a channel is to the map.
enum class Kind : std::uint8_t { node, position, telemetry, presence, message, raw, none };

[[nodiscard]] Kind kind_of(const state::Channel& channel) noexcept;
/// Null if the entity has none of this kind.
[[nodiscard]] const state::Facet* find(const state::Entity& entity, Kind kind) noexcept;

/// When it was last heard: the newest of its record, position and telemetry, and of what its presence says; nullopt if there is none of them.
[[nodiscard]] std::optional<Timestamp> last_heard(const state::Entity& entity) noexcept;

// Each appends a JSON object; false, and nothing is appended, where there is none.

/// Of an entity with a node record.
[[nodiscard]] bool append_node(std::string& out, const state::Entity& entity);
/// Of an entity with a latitude and a longitude.
[[nodiscard]] bool append_position(std::string& out, const state::Entity& entity);
[[nodiscard]] bool append_telemetry(std::string& out, const state::Entity& entity);
/// The whole message that says whether it is online.
[[nodiscard]] bool append_status(std::string& out, const state::Entity& entity);
/// The same of a node of which nothing is left.
void append_gone(std::string& out, std::string_view key);
/// Who sent it is its key, where it does not say; to whom, everybody.
void append_message(std::string& out, const state::Event& event);
/// A packet is on the wire as it is in its channel; one that lacks something of it is none.
[[nodiscard]] bool append_packet(std::string& out, const state::Event& event);

}  // namespace starling::protocol::mesh

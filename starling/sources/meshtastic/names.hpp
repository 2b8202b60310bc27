/// @file
/// The names behind the numbers that Meshtastic's JSON gives for a node's board and role.
///
/// Source: HardwareModel in mesh.proto and Config.DeviceConfig.Role in config.proto of the published protobufs
/// (2026-11).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace starling::sources::meshtastic {

/// 4 is "TBEAM"; nullopt for a number that is newer than this table.
[[nodiscard]] std::optional<std::string_view> hardware_name(std::int64_t number) noexcept;

/// 2 is "ROUTER"; nullopt for a number that is newer than this table.
[[nodiscard]] std::optional<std::string_view> role_name(std::int64_t number) noexcept;

}  // namespace starling::sources::meshtastic

/// @file
/// The channels of the world that seeds draw by themselves.
#pragma once

namespace starling::sim::mesh {

inline constexpr const char* kSpace = "mesh";
inline constexpr const char* kPosition = "mesh:position";  ///< located by latitude and longitude, declared or not
inline constexpr const char* kTelemetry = "mesh:telemetry";
inline constexpr const char* kNode = "mesh:node";          ///< only where somebody is at the map's door
inline constexpr const char* kMessage = "mesh:message";    ///< of events
inline constexpr const char* kPresence = "mesh:presence";  ///< there if keys can be offline; hidden

}  // namespace starling::sim::mesh

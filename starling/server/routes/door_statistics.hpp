/// @file
/// `GET /api/ws` without an upgrade: how many are at the `mesh` doors, as the mesh map's server says it.
#pragma once

#include "starling/core/session/doors.hpp"
#include "starling/io/http/message.hpp"

namespace starling::routes {

/// `counts` are those of all shards.
[[nodiscard]] http::Response door_statistics(const session::DoorCounts& counts);

}  // namespace starling::routes

/// @file
/// A box as clients write it: `{"north":…,"south":…,"east":…,"west":…}` in degrees.
#pragma once

#include <optional>
#include <string_view>

#include "starling/core/geo/box.hpp"
#include "starling/core/protocol/object_reader.hpp"

namespace starling::protocol {

/// Reads the member `bounds` of `filter`, a compact JSON object; what is wrong with it fails `outer`.
[[nodiscard]] std::optional<geo::Box> read_bounds(std::string_view object, ObjectReader& outer);

}  // namespace starling::protocol

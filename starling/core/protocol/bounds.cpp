#include "starling/core/protocol/bounds.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace starling::protocol {

std::optional<geo::Box> read_bounds(std::string_view object, ObjectReader& outer) {
  ObjectReader bounds{object, "filter.bounds"};
  const auto edge = [&bounds](std::string_view name) {
    const auto degrees = bounds.number(name);
    if (!degrees) bounds.fail(ErrorCode::bad_message, name, fmt::format("filter.bounds.{} is missing", name));
    return degrees.value_or(0);
  };
  const double north = edge("north"), south = edge("south"), east = edge("east"), west = edge("west");
  for (const auto& [name, latitude] : {std::pair{"north", north}, std::pair{"south", south}}) {
    if (!(latitude >= -90 && latitude <= 90)) bounds.fail(ErrorCode::bad_filter, name, fmt::format("{} must be within -90 and 90", name));
  }
  if (south > north) bounds.fail(ErrorCode::bad_filter, "south", "south must not be over north");
  for (const auto& [name, longitude] : {std::pair{"east", east}, std::pair{"west", west}}) {
    if (!std::isfinite(longitude)) bounds.fail(ErrorCode::bad_filter, name, fmt::format("{} must be finite", name));
  }
  if (!bounds.has_failed()) return geo::Box::from(north, south, east, west);
  outer.fail(bounds.take_error());
  return std::nullopt;
}

}  // namespace starling::protocol

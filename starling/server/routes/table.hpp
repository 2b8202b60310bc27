/// @file
/// Every route there is. What is not in the table cannot be reached.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "starling/server/routes/route.hpp"

namespace starling::routes {

/// In the order of their ids.
[[nodiscard]] std::span<const Route> all_routes() noexcept;
[[nodiscard]] const Route& route_of(RouteId id) noexcept;

struct Target {
  const Route* route;
  std::string segment;  ///< decoded, where the route has one
};

/// What a path leads to; `path` as it came.
[[nodiscard]] std::optional<Target> find_target(std::string_view path);

}  // namespace starling::routes

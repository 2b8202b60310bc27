/// @file
/// How far it is from one place to another.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "starling/core/geo/point.hpp"

namespace starling::geo {

/// Metres along the great circle of a sphere with the earth's mean radius (IUGG, 6,371,008.8 m): within 0.6 % of the way on the ellipsoid.
[[nodiscard]] inline double distance_m(const Point& from, const Point& to) noexcept {
  constexpr double kRadius_m = 6'371'008.8;
  constexpr double kRadians = std::numbers::pi / 180.0;
  // Haversines, which lose nothing where the two are near each other.
  const double north = std::sin((to.latitude_deg - from.latitude_deg) * kRadians / 2);
  const double east = std::sin((to.longitude_deg - from.longitude_deg) * kRadians / 2);
  const double half = north * north + std::cos(from.latitude_deg * kRadians) * std::cos(to.latitude_deg * kRadians) * east * east;
  return 2 * kRadius_m * std::asin(std::sqrt(std::min(half, 1.0)));
}

}  // namespace starling::geo

/// @file
/// A place on the earth, WGS 84.
#pragma once

#include <cmath>
#include <optional>

namespace starling::geo {

/// Brings a longitude into [−180, 180]: 190 is −170. Values already there (both ±180) stay as they are.
[[nodiscard]] inline double normalised_longitude(double longitude_deg) noexcept {
  if (longitude_deg >= -180.0 && longitude_deg <= 180.0) return longitude_deg;
  const double wrapped = std::remainder(longitude_deg, 360.0);
  return wrapped;
}

/// Latitude within ±90, longitude within ±180, degrees.
struct Point {
  double latitude_deg = 0;
  double longitude_deg = 0;

  /// Normalises the longitude; nullopt if the latitude is beyond ±90 or a number is not finite.
  [[nodiscard]] static std::optional<Point> from(double latitude_deg, double longitude_deg) noexcept {
    if (!std::isfinite(latitude_deg) || !std::isfinite(longitude_deg)) return std::nullopt;
    if (latitude_deg < -90.0 || latitude_deg > 90.0) return std::nullopt;
    return Point{latitude_deg, normalised_longitude(longitude_deg)};
  }
  bool operator==(const Point&) const = default;
};

}  // namespace starling::geo

#include "starling/core/geo/box.hpp"

#include <cmath>

namespace starling::geo {

std::optional<Box> Box::from(double north_deg, double south_deg, double east_deg, double west_deg) noexcept {
  for (const double degrees : {north_deg, south_deg, east_deg, west_deg}) {
    if (!std::isfinite(degrees)) return std::nullopt;
  }
  if (north_deg > 90.0 || south_deg < -90.0 || south_deg > north_deg) return std::nullopt;
  if (east_deg - west_deg >= 360.0) return Box{north_deg, south_deg, 180.0, -180.0};

  double east = normalised_longitude(east_deg);
  double west = normalised_longitude(west_deg);
  // One meridian, two names: the one that keeps the box from running the other way round the world.
  if (west == 180.0 && east != 180.0) west = -180.0;
  if (east == -180.0 && west != -180.0) east = 180.0;
  // A whole round apart, and east is the lower: one meridian, as anywhere else (-540 is 180).
  if (west == -180.0 && east == 180.0) west = 180.0;
  return Box{north_deg, south_deg, east, west};
}

bool Box::contains(const Point& point) const noexcept {
  if (point.latitude_deg < south_deg_ || point.latitude_deg > north_deg_) return false;
  const auto spans = [this](double longitude) {
    return crosses_date_line() ? longitude >= west_deg_ || longitude <= east_deg_ : longitude >= west_deg_ && longitude <= east_deg_;
  };
  if (spans(point.longitude_deg)) return true;
  return std::abs(point.longitude_deg) == 180.0 && spans(-point.longitude_deg);
}

}  // namespace starling::geo

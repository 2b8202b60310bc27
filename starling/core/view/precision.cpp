#include "starling/core/view/precision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::view {
namespace {

bool is_called(const std::string& name, std::string_view canonical_name) {
  // Escaping only makes a name longer.
  return canonical_name.size() >= name.size() && state::canonical_name(name) == canonical_name;
}

}  // namespace

Coordinate coordinate_of(const state::Channel& channel, std::string_view canonical_name) {
  if (channel.location) {
    if (is_called(channel.location->first, canonical_name)) return Coordinate::latitude;
    return is_called(channel.location->second, canonical_name) ? Coordinate::longitude : Coordinate::none;
  }
  if (channel.declared) return Coordinate::none;
  if (canonical_name == "latitude") return Coordinate::latitude;
  return canonical_name == "longitude" ? Coordinate::longitude : Coordinate::none;
}

Precision::Precision(int decimals) noexcept : decimals_(decimals) {
  STARLING_CHECK(decimals >= 0);
  STARLING_CHECK(decimals <= kDecimalsMax);
  for (int i = 0; i < decimals; ++i) steps_ *= 10;
}

double Precision::rounded(double degrees) const noexcept {
  // Both numbers of the division are whole, so this is the double nearest to the decimal that is written. Adding nothing makes -0 a 0.
  return std::round(degrees * steps_) / steps_ + 0.0;
}

double Precision::rounded_longitude(double degrees) const noexcept {
  const double longitude = rounded(geo::normalised_longitude(degrees));
  return longitude == -180.0 ? 180.0 : longitude;  // one meridian: on which side of it something is would be half a step
}

geo::Point Precision::shown(const geo::Point& exact) const noexcept {
  if (is_exact()) return exact;
  return {rounded(exact.latitude_deg), rounded_longitude(exact.longitude_deg)};
}

std::string_view Precision::shown(const state::Channel& channel, std::string_view canonical_name, std::string_view value, Room& room) const {
  if (is_exact() || json::kind_of(value) != json::Kind::number) return value;
  const Coordinate coordinate = coordinate_of(channel, canonical_name);
  if (coordinate == Coordinate::none) return value;
  const double degrees = *json::number(value);
  // What lies beyond the poles, or is not finite, is no place: no hub takes one from it.
  if (!std::isfinite(degrees) || (coordinate == Coordinate::latitude && std::abs(degrees) > 90)) return value;
  const double shown = coordinate == Coordinate::longitude ? rounded_longitude(degrees) : rounded(degrees);
  const auto written = fmt::format_to_n(room.data(), room.size(), "{:.{}f}", shown, decimals_);
  return {room.data(), written.size};
}

geo::Box Precision::reach_of(const geo::Box& box) const noexcept {
  if (is_exact()) return box;
  const double margin = 0.501 / steps_;  // half a step, and what a double may be off
  const double span = box.east_deg() - box.west_deg() + (box.crosses_date_line() ? 360.0 : 0.0);
  const double west = box.west_deg() - margin;
  return *geo::Box::from(std::min(box.north_deg() + margin, 90.0), std::max(box.south_deg() - margin, -90.0), west + span + 2 * margin, west);
}

}  // namespace starling::view

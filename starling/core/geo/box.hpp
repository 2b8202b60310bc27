/// @file
/// The part of the world a map shows: between two latitudes and two meridians, across the date line too.
#pragma once

#include <optional>

#include "starling/core/geo/point.hpp"

namespace starling::geo {

/// Edges belong to the box. West over east crosses the date line; ±180 is one meridian, for points and for edges.
class Box {
 public:
  /// Degrees as a client writes them. The span is east − west before normalising: 360 or more is every longitude.
  /// nullopt if a latitude is beyond ±90, south is over north, or a number is not finite.
  [[nodiscard]] static std::optional<Box> from(double north_deg, double south_deg, double east_deg, double west_deg) noexcept;

  [[nodiscard]] bool contains(const Point& point) const noexcept;

  [[nodiscard]] double north_deg() const noexcept { return north_deg_; }
  [[nodiscard]] double south_deg() const noexcept { return south_deg_; }
  [[nodiscard]] double east_deg() const noexcept { return east_deg_; }
  [[nodiscard]] double west_deg() const noexcept { return west_deg_; }
  [[nodiscard]] bool crosses_date_line() const noexcept { return west_deg_ > east_deg_; }

  bool operator==(const Box&) const = default;

 private:
  Box(double north, double south, double east, double west) noexcept
      : north_deg_(north), south_deg_(south), east_deg_(east), west_deg_(west) {}
  double north_deg_, south_deg_, east_deg_, west_deg_;
};

}  // namespace starling::geo

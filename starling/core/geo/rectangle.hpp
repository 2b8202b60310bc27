/// @file
/// A box as an index keeps it: one or two plain rectangles of degrees, with one name for the meridian that has two.
///
/// Indexes compare numbers and know nothing of the date line. So points are asked for with a longitude in (−180, 180], and a box
/// becomes what it holds of those. The rectangles of one box are disjoint: a point is in one of them or in none.
#pragma once

#include <algorithm>
#include <cstddef>

#include "starling/core/geo/box.hpp"

namespace starling::geo {

/// The point with −180 written as 180.
[[nodiscard]] inline Point canonical(Point point) noexcept {
  if (point.longitude_deg == -180.0) point.longitude_deg = 180.0;
  return point;
}

/// Edges belong to it; west is not over east.
struct Rectangle {
  double south_deg, west_deg, north_deg, east_deg;

  /// `point` is canonical.
  [[nodiscard]] bool contains(const Point& point) const noexcept {
    return point.latitude_deg >= south_deg && point.latitude_deg <= north_deg && point.longitude_deg >= west_deg &&
           point.longitude_deg <= east_deg;
  }
  [[nodiscard]] bool meets(const Rectangle& other) const noexcept {
    return south_deg <= other.north_deg && north_deg >= other.south_deg && west_deg <= other.east_deg && east_deg >= other.west_deg;
  }
  [[nodiscard]] bool covers(const Rectangle& other) const noexcept {
    return south_deg <= other.south_deg && north_deg >= other.north_deg && west_deg <= other.west_deg && east_deg >= other.east_deg;
  }
  bool operator==(const Rectangle&) const = default;
};

/// `contains` says of a canonical point what the box says of it.
class Rectangles {
 public:
  explicit Rectangles(const Box& box) noexcept {
    const auto add = [&](double west, double east) { all_[count_++] = {box.south_deg(), west, box.north_deg(), east}; };
    if (box.crosses_date_line()) {
      add(box.west_deg(), 180.0);
      add(-180.0, box.east_deg());
      return;
    }
    // A box that starts at −180 holds the points at 180, wherever it ends.
    if (box.east_deg() != -180.0) add(box.west_deg(), box.east_deg());
    if (box.west_deg() == -180.0 && box.east_deg() != 180.0) add(180.0, 180.0);
  }

  [[nodiscard]] const Rectangle* begin() const noexcept { return all_; }
  [[nodiscard]] const Rectangle* end() const noexcept { return all_ + count_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] const Rectangle& operator[](std::size_t i) const noexcept { return all_[i]; }
  /// `point` is canonical.
  [[nodiscard]] bool contains(const Point& point) const noexcept {
    return (count_ > 0 && all_[0].contains(point)) || (count_ == 2 && all_[1].contains(point));
  }
  /// What of them lies in `cell`.
  [[nodiscard]] Rectangles within(const Rectangle& cell) const noexcept {
    Rectangles inside;
    for (const Rectangle& one : *this) {
      if (!one.meets(cell)) continue;
      inside.all_[inside.count_++] = {std::max(one.south_deg, cell.south_deg), std::max(one.west_deg, cell.west_deg),
                                      std::min(one.north_deg, cell.north_deg), std::min(one.east_deg, cell.east_deg)};
    }
    return inside;
  }
  bool operator==(const Rectangles& other) const noexcept { return std::equal(begin(), end(), other.begin(), other.end()); }

 private:
  Rectangles() noexcept = default;

  Rectangle all_[2]{};
  std::size_t count_ = 0;
};

}  // namespace starling::geo

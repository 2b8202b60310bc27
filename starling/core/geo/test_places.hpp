/// @file
/// Points and boxes for tests: anywhere, and often where it is difficult (poles, the date line, edges of each other, and the double beside).
#pragma once

#include <algorithm>
#include <cmath>
#include <iterator>

#include "starling/core/base/random.hpp"
#include "starling/core/geo/box.hpp"

namespace starling::geo {

/// Numbers from a seed. Half of them come from a short list, so that points lie on edges and boxes share them.
class AnyPlace {
 public:
  explicit AnyPlace(std::uint64_t seed) noexcept : random_(seed) {}

  [[nodiscard]] double longitude() noexcept {
    static constexpr double kOften[] = {-180, 180, -179, 179, -90, 0, -0.0, 45, 170, -170};
    return random_.chance(0.5) ? std::clamp(beside(kOften[random_.below(std::size(kOften))]), -180.0, 180.0) : random_.unit() * 360 - 180;
  }
  [[nodiscard]] double latitude() noexcept {
    static constexpr double kOften[] = {-90, 90, 0, -0.0, 45, -45};
    return random_.chance(0.5) ? std::clamp(beside(kOften[random_.below(std::size(kOften))]), -90.0, 90.0) : random_.unit() * 180 - 90;
  }
  [[nodiscard]] Point point() noexcept { return {latitude(), longitude()}; }
  /// A little beside `point`, as one who moves is.
  [[nodiscard]] Point near(const Point& point) noexcept {
    const double step_deg = random_.chance(0.5) ? 0.01 : 1.0;
    return *Point::from(std::clamp(point.latitude_deg + (random_.unit() - 0.5) * step_deg, -90.0, 90.0),
                        point.longitude_deg + (random_.unit() - 0.5) * step_deg);
  }
  [[nodiscard]] Box box() noexcept {
    const double a = latitude(), b = latitude(), west = longitude();
    if (random_.chance(0.3)) return *Box::from(std::max(a, b), std::min(a, b), longitude(), west);
    const double width_deg = random_.chance(0.5) ? random_.unit() * 5 : random_.unit() * 400;
    return *Box::from(std::max(a, b), std::min(a, b), west + width_deg, west);
  }
  [[nodiscard]] Random& random() noexcept { return random_; }

 private:
  /// Now and then the double before or after.
  [[nodiscard]] double beside(double degrees) noexcept {
    if (!random_.chance(0.2)) return degrees;
    return std::nextafter(degrees, random_.chance(0.5) ? 1e9 : -1e9);
  }

  Random random_;
};

}  // namespace starling::geo

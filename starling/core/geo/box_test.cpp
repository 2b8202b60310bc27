#include "starling/core/geo/box.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "starling/core/base/random.hpp"

namespace starling::geo {
namespace {

TEST_CASE("a box holds what lies between its edges, edges included, across the date line too") {
  struct Case {
    const char* name;
    double north, south, east, west;
    double latitude, longitude;
    bool inside;
  };
  for (const Case& c : {
           Case{"inside", 10, 0, 10, 0, 5, 5, true},
           Case{"on the north edge", 10, 0, 10, 0, 10, 5, true},
           Case{"on the west edge", 10, 0, 10, 0, 5, 0, true},
           Case{"just over the east edge", 10, 0, 10, 0, 5, 10.000001, false},
           Case{"below", 10, 0, 10, 0, -0.000001, 5, false},
           Case{"across the date line, east of it", 10, -10, -170, 170, 0, -175, true},
           Case{"across the date line, west of it", 10, -10, -170, 170, 0, 175, true},
           Case{"across the date line, outside", 10, -10, -170, 170, 0, 0, false},
           Case{"edges written beyond 180", 10, -10, 190, 170, 0, -175, true},
           Case{"a longitude of 190 is -170", 10, -10, -165, -175, 0, 190, true},
           Case{"a span of 360 is every longitude", 10, -10, 190, -170, 0, -172, true},
           Case{"180 is -180: point at 180, edge at -180", 10, -10, -170, -180, 0, 180, true},
           Case{"-180 is 180: point at -180, edge at 180", 10, -10, 180, 170, 0, -180, true},
           Case{"west edge at 180 does not turn the box round", 10, -10, -170, 180, 0, 0, false},
           Case{"west edge at 180 starts there", 10, -10, -170, 180, 0, -175, true},
           Case{"east edge at -180 ends there", 10, -10, -180, 170, 0, 175, true},
           Case{"east edge at -180 does not turn the box round", 10, -10, -180, 170, 0, 0, false},
           Case{"a box of one meridian", 10, -10, 180, -180 + 360, 0, -180, true},
           Case{"east a round below west is one meridian: at the date line", 10, -10, -540, -180, 0, 0, false},
           Case{"east a round below west is one meridian: which is in it", 10, -10, -540, -180, 0, -180, true},
           Case{"east a round below west is one meridian: anywhere", 10, -10, -190, 170, 0, 0, false},
           Case{"the pole is not in every box that touches it", 90, 80, 10, 0, 90, 50, false},
           Case{"the whole world", 90, -90, 180, -180, 0, 0, true},
       }) {
    CAPTURE(c.name);
    const auto box = Box::from(c.north, c.south, c.east, c.west);
    REQUIRE(box.has_value());
    const auto point = Point::from(c.latitude, c.longitude);
    REQUIRE(point.has_value());
    CHECK(box->contains(*point) == c.inside);
  }
}

TEST_CASE("a box that names no part of the world is refused") {
  CHECK_FALSE(Box::from(91, 0, 10, 0));
  CHECK_FALSE(Box::from(10, -91, 10, 0));
  CHECK_FALSE(Box::from(0, 10, 10, 0));
  CHECK_FALSE(Box::from(10, 0, 1.0 / 0.0, 0));
  CHECK(Box::from(90, -90, 10, 0));
}

TEST_CASE("a point beyond a pole is no point") {
  CHECK(Point::from(90, 0));
  CHECK_FALSE(Point::from(90.0000001, 0));
  CHECK_FALSE(Point::from(0, 0.0 / 0.0));
}

/// Whether some whole number of turns brings the longitude between the edges as a client wrote them: what "between two meridians" means, walked
/// eastward on a round of 36 steps of 10°.
bool lies_between(int longitude, int east, int west) {
  if (east - west >= 36) return true;
  if (east < west) east += 36;  // across the date line
  for (int at = west; at <= east; ++at) {
    if (((at - longitude) % 36 + 36) % 36 == 0) return true;
  }
  return false;
}

TEST_CASE("every box of whole tens of degrees holds what a walk from its west to its east meets, poles and the date line among it") {
  std::size_t inside = 0, outside = 0;
  // West within the round, east up to a round further or less; points by both names of the date line's meridian.
  for (int west = -18; west <= 18; ++west) {
    for (int east = -18; east <= west + 40; ++east) {
      const auto box = Box::from(90, 60, 10.0 * east, 10.0 * west);
      const auto low = Box::from(-60, -90, 10.0 * east, 10.0 * west);
      REQUIRE(box.has_value());
      REQUIRE(low.has_value());
      for (int longitude = -18; longitude <= 18; ++longitude) {
        CAPTURE(west);
        CAPTURE(east);
        CAPTURE(longitude);
        const bool expected = lies_between(longitude, east, west);
        for (const double latitude : {60.0, 75.0, 90.0}) {
          REQUIRE(box->contains({latitude, 10.0 * longitude}) == expected);
          REQUIRE(low->contains({-latitude, 10.0 * longitude}) == expected);
          REQUIRE_FALSE(low->contains({latitude, 10.0 * longitude}));
        }
        REQUIRE_FALSE(box->contains({59.999999, 10.0 * longitude}));
        (expected ? inside : outside) += 1;
      }
    }
  }
  CHECK(inside > 20'000);
  CHECK(outside > 20'000);
}

/// How far `to` lies east of `from`, 0 to 360. Exact: the numbers are multiples of 2^-53 below 1024, for which a long double has all the digits.
long double turned_east(double from, double to) {
  const long double turn = std::fmod(static_cast<long double>(to) - static_cast<long double>(from), 360.0L);
  return turn < 0 ? turn + 360.0L : turn;
}

/// What a box holds, said plainly: all that is met on the way east from its west to its east.
bool is_met(double north, double south, double east, double west, const Point& point) {
  if (point.latitude_deg > north || point.latitude_deg < south) return false;
  return east - west >= 360.0 || turned_east(west, point.longitude_deg) <= turned_east(west, east);
}

/// Numbers where it is difficult: poles, the date line, zero of either sign, rounds further on, and one step of a double beside each.
class Difficult {
 public:
  explicit Difficult(std::uint64_t seed) : random_(seed) {}

  double latitude() {
    static constexpr double kOften[] = {90, -90, 0, -0.0, 45, 89.5, -89.5};
    return std::clamp(beside(random_.chance(0.7) ? kOften[random_.below(std::size(kOften))] : random_.unit() * 180 - 90), -90.0, 90.0);
  }
  /// As a client writes it: up to a round and more beyond.
  double longitude() {
    static constexpr double kOften[] = {180, -180, 0, -0.0, 90, -90, 170, -170, 179.5, 360, -360, 540, -540, 190, 350};
    return beside(random_.chance(0.7) ? kOften[random_.below(std::size(kOften))] : random_.unit() * 800 - 400);
  }
  double beside(double degrees) {
    if (random_.chance(0.4)) return whole(degrees);
    const double next = std::nextafter(whole(degrees), random_.chance(0.5) ? 1e9 : -1e9);
    return std::abs(next) < 0x1p-53 ? std::copysign(0x1p-53, next) : whole(next);
  }
  Random& random() noexcept { return random_; }

 private:
  static double whole(double degrees) { return std::round(degrees * 0x1p53) * 0x1p-53; }
  Random random_;
};

TEST_CASE("a box holds what is met on the way east from its west to its east, to the last digit") {
  const std::uint64_t seed = 18090;
  CAPTURE(seed);
  Difficult any(seed);
  std::size_t inside = 0, outside = 0, around = 0;
  for (int i = 0; i < 200'000; ++i) {
    const double a = any.latitude(), b = any.latitude(), north = std::max(a, b), south = std::min(a, b);
    const double west = any.longitude();
    const double east = any.random().chance(0.3) ? any.beside(west + (any.random().chance(0.5) ? 360 : 0)) : any.longitude();
    // Often on an edge, or a step beside it.
    double latitude = any.latitude(), longitude = any.longitude();
    if (any.random().chance(0.4)) latitude = std::clamp(any.beside(any.random().chance(0.5) ? north : south), -90.0, 90.0);
    if (any.random().chance(0.4)) longitude = any.beside(any.random().chance(0.5) ? east : west);
    const auto box = Box::from(north, south, east, west);
    const auto point = Point::from(latitude, longitude);
    REQUIRE(box.has_value());
    REQUIRE(point.has_value());
    REQUIRE(std::abs(point->longitude_deg) <= 180);
    REQUIRE(turned_east(longitude, point->longitude_deg) == 0);  // the same meridian
    const bool expected = is_met(north, south, east, west, *point);
    if (box->contains(*point) != expected) {
      CAPTURE(i);
      INFO(doctest::String(fmt::format("{:a} {:a} {:a} {:a}, {:a} {:a}", north, south, east, west, latitude, longitude).c_str()));
      REQUIRE(box->contains(*point) == expected);
    }
    (expected ? inside : outside) += 1;
    around += east - west >= 360.0;
    // Nor does it matter which name a meridian has, or how a zero is written.
    if (std::abs(point->longitude_deg) == 180) REQUIRE(box->contains({point->latitude_deg, -point->longitude_deg}) == expected);
    if (point->longitude_deg == 0) REQUIRE(box->contains({point->latitude_deg, -point->longitude_deg}) == expected);
  }
  CHECK(inside > 20'000);
  CHECK(outside > 20'000);
  CHECK(around > 5'000);
}

}  // namespace
}  // namespace starling::geo

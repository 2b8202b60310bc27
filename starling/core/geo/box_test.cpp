#include "starling/core/geo/box.hpp"

#include <doctest/doctest.h>

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

}  // namespace
}  // namespace starling::geo

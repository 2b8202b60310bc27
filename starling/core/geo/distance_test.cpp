#include "starling/core/geo/distance.hpp"

#include <doctest/doctest.h>

namespace starling::geo {
namespace {

TEST_CASE("the distance is that along the great circle, either way round, over the date line and the poles") {
  struct Case {
    const char* name;
    Point from, to;
    double want_m;
  };
  for (const Case& c : {Case{"nowhere", {38.7, -9.1}, {38.7, -9.1}, 0},
                        Case{"a degree of latitude", {0, 0}, {1, 0}, 111'195.08},
                        Case{"a degree of longitude at the equator", {0, 10}, {0, 11}, 111'195.08},
                        Case{"and at 60 degrees north, half of it", {60, 10}, {60, 11}, 55'595.42},
                        Case{"a metre", {38.7, -9.1}, {38.7 + 1 / 111'195.08, -9.1}, 1},
                        Case{"over the date line", {0, 179.5}, {0, -179.5}, 111'195.08},
                        Case{"the same meridian by both its names", {10, 180}, {10, -180}, 0},
                        Case{"over the pole", {89.5, 0}, {89.5, 180}, 111'195.08},
                        Case{"to the other side of the earth", {0, 0}, {0, 180}, 20'015'114.4},
                        Case{"from Lisbon to Porto", {38.7223, -9.1393}, {41.1579, -8.6291}, 274'236}}) {
    CAPTURE(c.name);
    CHECK(distance_m(c.from, c.to) == doctest::Approx(c.want_m).epsilon(0.0005));
    CHECK(distance_m(c.to, c.from) == distance_m(c.from, c.to));
  }
}

}  // namespace
}  // namespace starling::geo

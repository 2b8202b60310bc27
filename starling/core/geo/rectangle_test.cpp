#include "starling/core/geo/rectangle.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "starling/core/geo/test_places.hpp"

namespace starling::geo {
namespace {

TEST_CASE("a box becomes rectangles that hold the same points, each in one of them") {
  const std::uint64_t seed = 360;
  CAPTURE(seed);
  AnyPlace any(seed);
  int inside = 0, split = 0;
  for (int step = 0; step < 100'000; ++step) {
    const Box box = any.box();
    const Point point = any.point();
    const Rectangles rectangles(box);
    CAPTURE(box.north_deg());
    CAPTURE(box.south_deg());
    CAPTURE(box.east_deg());
    CAPTURE(box.west_deg());
    CAPTURE(point.latitude_deg);
    CAPTURE(point.longitude_deg);
    const auto holds = [&](const Rectangle& rectangle) { return rectangle.contains(canonical(point)); };
    REQUIRE(std::ranges::count_if(rectangles, holds) == (box.contains(point) ? 1 : 0));
    REQUIRE(rectangles.contains(canonical(point)) == box.contains(point));
    for (const Rectangle& rectangle : rectangles) REQUIRE(rectangle.west_deg <= rectangle.east_deg);
    inside += box.contains(point);
    split += rectangles.size() == 2;
  }
  CHECK(inside > 5'000);
  CHECK(split > 5'000);
}

TEST_CASE("a box takes as many rectangles as it needs") {
  struct Case {
    const char* name;
    double east, west;
    std::size_t rectangles;
  };
  for (const Case& c : {
           Case{"an ordinary one", 10, 0, 1},
           Case{"across the date line", -170, 170, 2},
           Case{"from the date line eastward: and the meridian's other name", -170, -180, 2},
           Case{"up to the date line", 180, 170, 1},
           Case{"all around", 180, -180, 1},
           Case{"the meridian alone, by its other name", -180, -180, 1},
       }) {
    CAPTURE(c.name);
    CHECK(Rectangles(*Box::from(10, 0, c.east, c.west)).size() == c.rectangles);
  }
}

}  // namespace
}  // namespace starling::geo

#include "starling/core/geo/box_index.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "starling/core/geo/test_places.hpp"

namespace starling::geo {
namespace {

using Handle = BoxIndex::Handle;

std::set<Handle> found_at(const BoxIndex& index, const Point& place) {
  std::set<Handle> found;
  index.for_each_at(place, [&](Handle handle) { REQUIRE(found.insert(handle).second); });  // nobody twice
  return found;
}
std::set<Handle> found_at_either(const BoxIndex& index, const Point& before, const Point& after) {
  std::set<Handle> found;
  index.for_each_at_either(before, after, [&](Handle handle) { REQUIRE(found.insert(handle).second); });
  return found;
}

TEST_CASE("whoever's box contains the place is found, as Box::contains says, while boxes come and go") {
  const std::uint64_t seed = 1801;
  CAPTURE(seed);
  AnyPlace any(seed);
  BoxIndex index;
  std::map<Handle, Box> boxes;
  Handle next = 0;
  std::size_t found_total = 0, near_both = 0;
  for (int step = 0; step < 20'000; ++step) {
    CAPTURE(step);
    const bool grows = (step / 2000) % 2 == 0;
    if (boxes.empty() || any.random().chance(grows ? 0.6 : 0.4)) {
      // Sometimes a box somebody else has as well.
      Box box = any.box();
      if (!boxes.empty() && any.random().chance(0.2)) {
        auto other = boxes.begin();
        std::advance(other, any.random().below(boxes.size()));
        box = other->second;
      }
      index.insert(box, next);
      boxes.emplace(next++, box);
    } else {
      auto leaving = boxes.begin();
      std::advance(leaving, any.random().below(boxes.size()));
      index.erase(leaving->second, leaving->first);
      boxes.erase(leaving);
    }
    REQUIRE(index.empty() == boxes.empty());
    if (step % 4 != 0) continue;
    const Point before = any.point();
    const Point after = any.random().chance(0.2) ? before : any.random().chance(0.6) ? any.near(before) : any.point();
    CAPTURE(before.latitude_deg);
    CAPTURE(before.longitude_deg);
    CAPTURE(after.latitude_deg);
    CAPTURE(after.longitude_deg);
    std::set<Handle> at_after, at_either;
    for (const auto& [handle, box] : boxes) {
      if (box.contains(after)) at_after.insert(handle);
      if (box.contains(after) || box.contains(before)) at_either.insert(handle);
    }
    REQUIRE(found_at(index, after) == at_after);
    REQUIRE(found_at_either(index, before, after) == at_either);
    found_total += at_either.size();
    near_both += at_either.size() != at_after.size();
  }
  CHECK(found_total > 20'000);
  CHECK(near_both > 500);  // often one place is in boxes the other is not in
}

TEST_CASE("one who crosses the date line by a little is found before and after, once") {
  BoxIndex index;
  index.insert(*Box::from(10, -10, -170, 170), 1);      // both sides
  index.insert(*Box::from(10, -10, 180, 170), 2);       // up to the line
  index.insert(*Box::from(10, -10, -170, -180), 3);     // from the line on
  index.insert(*Box::from(10, -10, 180, -180), 4);      // all around
  index.insert(*Box::from(10, -10, 179.9995, -179.9995), 5);  // all around but for the line
  const Point west{0, 179.9999}, line{0, 180}, same_line{0, -180}, east{0, -179.9999};
  CHECK(found_at_either(index, west, east) == std::set<Handle>{1, 2, 3, 4});
  CHECK(found_at_either(index, west, line) == std::set<Handle>{1, 2, 3, 4});
  CHECK(found_at_either(index, same_line, east) == std::set<Handle>{1, 2, 3, 4});
  CHECK(found_at_either(index, same_line, line) == std::set<Handle>{1, 2, 3, 4});
  CHECK(found_at(index, same_line) == found_at(index, line));
  CHECK(found_at_either(index, {0, 179.9994}, west) == std::set<Handle>{1, 2, 4, 5});
}

TEST_CASE("one who steps over the gap of a box that holds nearly the whole round is found once") {
  BoxIndex index;
  index.insert(*Box::from(10, -10, 10, 10.001), 1);        // all but a thousandth of a degree
  index.insert(*Box::from(10, -10, 179.95, -180), 2);      // all but the last of the east, and 180
  CHECK(found_at_either(index, {0, 9.9995}, {0, 10.0015}) == std::set<Handle>{1, 2});
  CHECK(found_at_either(index, {0, 9.9995}, {0, 10.0005}) == std::set<Handle>{1, 2});
  CHECK(found_at(index, {0, 10.0005}) == std::set<Handle>{2});
  CHECK(found_at_either(index, {0, 179.94}, {0, 180}) == std::set<Handle>{1, 2});
  CHECK(found_at_either(index, {0, 179.94}, {0, -180}) == std::set<Handle>{1, 2});
  CHECK(found_at_either(index, {0, 179.96}, {0, 179.97}) == std::set<Handle>{1});
}

TEST_CASE("a box narrower than a step is not skipped over, nor one named that lies between the steps") {
  BoxIndex index;
  index.insert(*Box::from(0.001, -0.001, 0.001, -0.001), 1);  // where it was
  index.insert(*Box::from(0.051, 0.049, 0.051, 0.049), 2);    // where it is
  index.insert(*Box::from(0.026, 0.024, 0.026, 0.024), 3);    // on the way
  CHECK(found_at_either(index, {0, 0}, {0.05, 0.05}) == std::set<Handle>{1, 2});
}

TEST_CASE("ten thousand who look through one box, or through boxes around each other, leave one by one") {
  BoxIndex index;
  const Box town = *Box::from(48.3, 48.1, 16.5, 16.2);
  const auto zoomed = [](Handle handle) {
    const double reach_deg = 0.001 * static_cast<double>(handle);
    return *Box::from(48.2 + reach_deg, 48.2 - reach_deg, 16.35 + reach_deg, 16.35 - reach_deg);
  };
  constexpr Handle kEach = 10'000;
  for (Handle handle = 0; handle < kEach; ++handle) {
    index.insert(town, handle);
    index.insert(zoomed(handle), kEach + handle);
  }
  CHECK(found_at(index, {48.2, 16.35}).size() == 2 * kEach);
  for (Handle handle = 0; handle < kEach; ++handle) {
    index.erase(town, handle);
    index.erase(zoomed(handle), kEach + handle);
  }
  CHECK(index.empty());
  CHECK(found_at(index, {48.2, 16.35}).empty());
}

}  // namespace
}  // namespace starling::geo

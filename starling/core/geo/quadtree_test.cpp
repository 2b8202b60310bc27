#include "starling/core/geo/quadtree.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>
#include <vector>

#include "starling/core/geo/test_places.hpp"

namespace starling::geo {
namespace {

using Handle = Quadtree::Handle;
using Sides = std::map<Handle, std::pair<bool, bool>>;

/// What a tree is held against: a list, and Box::contains.
class Fleet {
 public:
  explicit Fleet(std::uint64_t seed) : any_(seed) {}

  void add(const Point& place) {
    tree_.insert(place, static_cast<Handle>(places_.size()));
    places_.push_back(place);
  }
  /// The last one takes the number of who leaves, as slots are taken again.
  void drop(std::size_t handle) {
    const auto last = places_.size() - 1;
    tree_.erase(places_[handle], static_cast<Handle>(handle));
    if (handle != last) {
      tree_.erase(places_[last], static_cast<Handle>(last));
      tree_.insert(places_[last], static_cast<Handle>(handle));
      places_[handle] = places_[last];
    }
    places_.pop_back();
  }
  void move(std::size_t handle, const Point& to) {
    tree_.move(static_cast<Handle>(handle), places_[handle], to);
    places_[handle] = to;
  }
  [[nodiscard]] std::size_t somebody() { return any_.random().below(places_.size()); }

  /// How many were found.
  std::size_t compare(const Box& a, const Box& b) {
    std::set<Handle> in_a, found;
    Sides in_one, told;
    for (Handle handle = 0; handle < places_.size(); ++handle) {
      const bool is_in_a = a.contains(places_[handle]), is_in_b = b.contains(places_[handle]);
      if (is_in_a) in_a.insert(handle);
      if (is_in_a != is_in_b) in_one.emplace(handle, std::pair{is_in_a, is_in_b});
    }
    CAPTURE(a.north_deg());
    CAPTURE(a.south_deg());
    CAPTURE(a.east_deg());
    CAPTURE(a.west_deg());
    CAPTURE(b.north_deg());
    CAPTURE(b.south_deg());
    CAPTURE(b.east_deg());
    CAPTURE(b.west_deg());
    tree_.for_each_in(a, [&](Handle handle) { REQUIRE(found.insert(handle).second); });
    REQUIRE(found == in_a);
    tree_.for_each_in_one_of(a, b, [&](Handle handle, bool is_in_a, bool is_in_b) {
      REQUIRE(told.emplace(handle, std::pair{is_in_a, is_in_b}).second);
    });
    REQUIRE(told == in_one);
    for (const std::size_t at_most : {std::size_t{0}, in_a.size() / 2, in_a.size(), in_a.size() + 1}) {
      REQUIRE(tree_.count_in(a, at_most) == std::min(at_most, in_a.size()));
    }
    REQUIRE(tree_.size() == places_.size());
    return in_a.size();
  }

  [[nodiscard]] AnyPlace& any() noexcept { return any_; }
  [[nodiscard]] Quadtree& tree() noexcept { return tree_; }
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }

 private:
  AnyPlace any_;
  Quadtree tree_;
  std::vector<Point> places_;
};

/// `a` moved a little, as a map is: often along one edge only, now and then across the date line.
Box panned(AnyPlace& any, const Box& a) {
  const double width = a.crosses_date_line() ? a.east_deg() - a.west_deg() + 360 : a.east_deg() - a.west_deg();
  const double by = any.random().chance(0.3) ? 0 : (any.random().unit() - 0.5) * width;
  const double up = any.random().chance(0.5) ? 0 : any.random().unit() * (90 - a.north_deg());
  return *Box::from(a.north_deg() + up, a.south_deg() + up, a.west_deg() + by + width, a.west_deg() + by);
}

TEST_CASE("what a box holds, and what two boxes hold apart, is what Box::contains says, while points come, go and move") {
  const std::uint64_t seed = 90180;
  CAPTURE(seed);
  Fleet fleet(seed);
  AnyPlace& any = fleet.any();
  // A third anywhere (and on poles, the date line, edges), a third in a town, a third in one of twenty places.
  const auto somewhere = [&]() -> Point {
    switch (any.random().below(3)) {
      case 0: return any.point();
      case 1: return {48.2 + any.random().unit() * 0.1, 16.3 + any.random().unit() * 0.1};
      default: return {90, 175.0 + static_cast<double>(any.random().below(20)) * 0.25};
    }
  };
  const auto any_box = [&]() -> Box {
    if (any.random().chance(0.7)) return any.box();
    const double south = 48.2 + any.random().unit() * 0.1, west = 16.3 + any.random().unit() * 0.1;
    return *Box::from(south + any.random().unit() * 0.05, south, west + any.random().unit() * 0.05, west);
  };
  std::size_t found = 0;
  for (int step = 0; step < 30'000; ++step) {
    CAPTURE(step);
    const bool grows = (step / 6000) % 2 == 0;
    if (fleet.size() == 0 || any.random().chance(grows ? 0.6 : 0.1)) {
      fleet.add(somewhere());
    } else if (any.random().chance(grows ? 0.1 : 0.7)) {
      fleet.drop(fleet.somebody());
    } else {
      fleet.move(fleet.somebody(), somewhere());
    }
    if (step % 50 != 0) continue;
    const Box a = any_box();
    found += fleet.compare(a, any.random().chance(0.5) ? panned(any, a) : any_box());
  }
  CHECK(found > 50'000);
}

TEST_CASE("steps within a cell and out of it are found at their new place") {
  const std::uint64_t seed = 1717;
  CAPTURE(seed);
  Fleet fleet(seed);
  AnyPlace& any = fleet.any();
  std::vector<Point> places;
  for (int i = 0; i < 2000; ++i) fleet.add(places.emplace_back(any.point()));
  for (int step = 0; step < 20'000; ++step) {
    CAPTURE(step);
    const std::size_t handle = fleet.somebody();
    places[handle] = any.near(places[handle]);
    fleet.move(handle, places[handle]);
    if (step % 100 == 0) {
      const Box a = any.box();
      fleet.compare(a, panned(any, a));
    }
  }
}

TEST_CASE("any number may stand in one place, also under both names of one meridian") {
  Fleet fleet(1);
  constexpr std::size_t kMany = 3000;
  for (std::size_t i = 0; i < kMany; ++i) fleet.add({10, i % 2 == 0 ? 180.0 : -180.0});
  const Box east_of_it = *Box::from(20, 0, -170, -180), west_of_it = *Box::from(20, 0, 180, 170), elsewhere = *Box::from(20, 0, 10, 0);
  CHECK(fleet.compare(east_of_it, west_of_it) == kMany);
  CHECK(fleet.compare(west_of_it, elsewhere) == kMany);
  CHECK(fleet.tree().count_in(east_of_it, 1024) == 1024);
  for (std::size_t i = 0; i < kMany; ++i) fleet.move(i, {10, i % 3 == 0 ? -180.0 : 5.0});
  CHECK(fleet.compare(west_of_it, elsewhere) == kMany / 3);
  while (fleet.size() > 0) fleet.drop(fleet.size() / 2);
  CHECK(fleet.compare(west_of_it, elsewhere) == 0);
}

TEST_CASE("a cell is divided at one point over its bucket, and one again when half are left") {
  // Whatever the count, boxes of every size hold what they hold.
  const std::uint64_t seed = 32;
  CAPTURE(seed);
  Fleet fleet(seed);
  AnyPlace& any = fleet.any();
  const auto compare = [&] {
    for (int i = 0; i < 5; ++i) fleet.compare(any.box(), any.box());
  };
  for (const std::size_t count : {7u, 8u, 9u, 31u, 32u, 33u, 34u}) {
    while (fleet.size() < count) fleet.add(any.point());
    compare();
  }
  for (const std::size_t count : {33u, 32u, 31u, 18u, 17u, 16u, 15u, 9u, 8u, 7u, 0u}) {
    while (fleet.size() > count) fleet.drop(fleet.somebody());
    compare();
  }
}

TEST_CASE("a pan compares what lies along its edges, not what stays in view") {
  const std::uint64_t seed = 100;
  CAPTURE(seed);
  Random random(seed);
  Quadtree tree;
  constexpr Handle kFleet = 100'000;
  for (Handle handle = 0; handle < kFleet; ++handle) tree.insert({random.unit() * 10, random.unit() * 10}, handle);
  const Box before = *Box::from(8, 2, 8, 2), after = *Box::from(8, 2, 8.1, 2.1);
  const std::size_t in_view = tree.count_in(before, kFleet);
  std::size_t told = 0;
  const std::size_t compared = tree.for_each_in_one_of(before, after, [&](Handle, bool, bool) { ++told; });
  CHECK(in_view > 30'000);
  CHECK(told > 1000);      // 1.2 of 100 square degrees: some 1,200
  CHECK(compared < 6000);  // two edges of 6°, leaves of about 0.14°, some 20 points in each
  CHECK(tree.for_each_in_one_of(before, before, [](Handle, bool, bool) { FAIL("told of a map that did not move"); }) == 0);
}

TEST_CASE("100,000 points cost what they weigh, and memory is used again") {
  const std::uint64_t seed = 5;
  CAPTURE(seed);
  Random random(seed);
  Quadtree tree;
  std::vector<Point> places;
  const auto fill = [&](double reach_deg) {
    places.clear();
    for (Handle handle = 0; handle < 100'000; ++handle) {
      places.push_back({random.unit() * reach_deg, random.unit() * reach_deg});
      tree.insert(places.back(), handle);
    }
  };
  const auto empty = [&] {
    for (Handle handle = 0; handle < places.size(); ++handle) tree.erase(places[handle], handle);
    CHECK(tree.size() == 0);
  };
  fill(80);
  const std::size_t bytes = tree.bytes();
  CHECK(bytes < 100'000 * 32);
  empty();
  fill(0.1);
  CHECK(tree.bytes() < bytes * 5 / 4);
  for (int times = 0; times < 3; ++times) {
    empty();
    fill(80);
  }
  CHECK(tree.bytes() < bytes * 5 / 4);
}

TEST_CASE("a fleet that stays together leaves no cells behind where it has been") {
  const std::uint64_t seed = 6;
  CAPTURE(seed);
  Random random(seed);
  Quadtree tree;
  std::vector<Point> places(100);
  for (Handle handle = 0; handle < places.size(); ++handle) tree.insert(places[handle], handle);
  std::size_t bytes = 0;
  for (int day = 0; day < 2000; ++day) {
    const double latitude = random.unit() * 160 - 80, longitude = random.unit() * 340 - 170;
    for (Handle handle = 0; handle < places.size(); ++handle) {
      const Point to{latitude + random.unit() * 0.0001, longitude + random.unit() * 0.0001};
      tree.move(handle, places[handle], to);
      places[handle] = to;
    }
    if (day == 100) bytes = tree.bytes();
  }
  CHECK(tree.bytes() < bytes * 2);
}

}  // namespace
}  // namespace starling::geo

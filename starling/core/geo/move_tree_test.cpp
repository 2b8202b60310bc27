#include "starling/core/geo/move_tree.hpp"

#include <doctest/doctest.h>

#include <map>
#include <optional>

#include "starling/core/geo/test_places.hpp"

namespace starling::geo {
namespace {

using Run = MoveTree::Run;

struct Found {
  std::vector<Run> whole;
  std::vector<std::uint32_t> half;
};
Found find(const MoveTree& tree, const Box& box) {
  Found found;
  tree.find(box, found.whole, found.half);
  return found;
}

TEST_CASE("what begins and ends in a box is found as runs, what does one of the two by its number, as Box::contains says") {
  const std::uint64_t seed = 2101;
  CAPTURE(seed);
  AnyPlace any(seed);
  MoveTree tree;
  std::size_t whole_total = 0, half_total = 0, runs_total = 0;
  for (int round = 0; round < 400; ++round) {
    CAPTURE(round);
    struct Move {
      Point from, to;
    };
    std::map<std::uint32_t, Move> moves;
    tree.clear();
    for (std::uint64_t i = any.random().below(round < 100 ? 20 : 300); i > 0; --i) {
      const Point from = any.point();
      const Point to = any.random().chance(0.2) ? from : any.random().chance(0.7) ? any.near(from) : any.point();
      const auto number = static_cast<std::uint32_t>(1'000 + i);
      tree.add(from, to, number);
      moves.emplace(number, Move{from, to});
    }
    tree.build();
    REQUIRE(tree.size() == moves.size());
    for (int asked = 0; asked < 20; ++asked) {
      CAPTURE(asked);
      const Box box = any.box();
      const Found found = find(tree, box);
      std::map<std::uint32_t, bool> seen;  // number, whether wholly
      std::optional<std::uint32_t> end;
      for (const Run& run : found.whole) {
        REQUIRE(run.first < run.last);
        if (end) REQUIRE(run.first > *end);  // else it would be one run
        end = run.last;
        for (std::uint32_t i = run.first; i < run.last; ++i) REQUIRE(seen.emplace(tree.number_at(i), true).second);
      }
      for (const std::uint32_t number : found.half) REQUIRE(seen.emplace(number, false).second);
      std::map<std::uint32_t, bool> expected;
      for (const auto& [number, move] : moves) {
        const bool begins = box.contains(move.from), ends = box.contains(move.to);
        if (begins || ends) expected.emplace(number, begins && ends);
      }
      REQUIRE(seen == expected);
      whole_total += expected.size() - found.half.size();
      half_total += found.half.size();
      runs_total += found.whole.size();
    }
  }
  CHECK(whole_total > 50'000);
  CHECK(half_total > 10'000);
  CHECK(runs_total * 3 < whole_total * 2);
}

TEST_CASE("a box around everything is one run, and one elsewhere none") {
  MoveTree tree;
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    const Point place{i % 30 * 0.1, i / 30 * 0.1};
    tree.add(place, place, i);
  }
  tree.build();
  CHECK(find(tree, *Box::from(90, -90, 180, -180)).whole == std::vector<Run>{{0, 1'000}});
  CHECK(find(tree, *Box::from(-1, -2, 4, 0)).whole.empty());
}

TEST_CASE("many at one place are divided like any others") {
  MoveTree tree;
  for (std::uint32_t i = 0; i < 10'000; ++i) tree.add({1, 1}, {1, 1}, i);
  tree.build();
  CHECK(find(tree, *Box::from(2, 0, 2, 0)).whole == std::vector<Run>{{0, 10'000}});
  CHECK(find(tree, *Box::from(1, 1, 1, 1)).whole == std::vector<Run>{{0, 10'000}});
}

TEST_CASE("an empty one, and one that was cleared, hold nothing") {
  MoveTree tree;
  tree.build();
  CHECK(find(tree, *Box::from(90, -90, 180, -180)).whole.empty());
  tree.add({1, 1}, {2, 2}, 7);
  tree.build();
  CHECK(find(tree, *Box::from(1, 1, 1, 1)).half == std::vector<std::uint32_t>{7});
  tree.clear();
  tree.build();
  CHECK(find(tree, *Box::from(90, -90, 180, -180)).whole.empty());
}

}  // namespace
}  // namespace starling::geo

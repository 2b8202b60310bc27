#include "starling/core/fanout/fold_map.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "starling/core/log/test_world.hpp"

namespace starling::fanout {
namespace {

const geo::Box kEverywhere = *geo::Box::from(90, -90, 180, -180);

/// What happened in one batch, folded.
log::Fold fold_of(const log::BatchPtr& batch) {
  log::Folder folder{batch->seq - 1};
  folder.add(*batch);
  return folder.take_whole();
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> numbers) {
  std::ranges::sort(numbers);
  return numbers;
}

TEST_CASE("what goes from place to place is on the map; what comes, goes, or is nowhere on a side is elsewhere; what came and went is neither") {
  log::TestWorld world;
  for (const char* key : {"stays", "moves", "goes", "loses", "gains"}) {
    world.set("a:x", key, "{}", std::string_view{key} == "gains" ? std::nullopt : std::optional{geo::Point{1, 1}});
  }
  (void)world.close();
  world.set("a:x", "stays", R"({"v":1})", geo::Point{1, 1});  // 0
  world.set("a:x", "moves", R"({"v":1})", geo::Point{2, 2});  // 1
  world.remove("a:x", "goes");                                // 2
  world.clear_place("a:x", "loses");                          // 3
  world.set("a:x", "gains", R"({"v":1})", geo::Point{3, 3});  // 4
  world.set("a:x", "comes", R"({"v":1})", geo::Point{3, 3});  // 5
  world.set("a:x", "passes", R"({"v":1})", geo::Point{3, 3});  // 6
  world.remove("a:x", "passes");
  const log::Fold fold = fold_of(world.close());
  FoldMap map;
  map.lay_out(fold);
  CHECK(map.size() == 2);
  CHECK(map.on_it() == std::vector<std::uint32_t>{0, 1});
  CHECK(map.elsewhere() == std::vector<std::uint32_t>{2, 3, 4, 5});

  std::vector<std::uint32_t> half, whole;
  map.expand(map.find(kEverywhere, half), whole);
  CHECK(sorted(whole) == std::vector<std::uint32_t>{0, 1});
  CHECK(half.empty());
  whole.clear();
  const FoldMap::Runs around_the_first = map.find(*geo::Box::from(1.5, 0.5, 1.5, 0.5), half);
  map.expand(around_the_first, whole);
  CHECK(map.changes(around_the_first) == 1);
  CHECK(whole == std::vector<std::uint32_t>{0});
  CHECK(half == std::vector<std::uint32_t>{1});

  map.clear();
  CHECK(map.size() == 0);
  CHECK(map.find(kEverywhere, half).count == 0);
}

TEST_CASE("its channels are those in which something on it differs: came, changed or went") {
  log::TestWorld world;
  for (const char* channel : {"a:same", "a:went", "a:changed", "a:came", "a:elsewhere"}) world.open(channel);
  world.set("a:same", "k", "{}", geo::Point{1, 1});
  world.set("a:went", "k", "{}");
  world.set("a:changed", "k", "{}");
  (void)world.close();
  world.set("a:came", "k", "{}");
  world.set("a:changed", "k", R"({"v":1})");
  world.remove("a:went", "k");
  world.set("a:elsewhere", "nowhere", "{}");
  const log::Fold fold = fold_of(world.close());
  FoldMap map;
  map.lay_out(fold);
  std::vector<std::string> names;
  for (const state::Channel* channel : map.channels()) names.push_back(channel->name);
  CHECK(names == std::vector<std::string>{"a:went", "a:changed", "a:came"});
}

}  // namespace
}  // namespace starling::fanout

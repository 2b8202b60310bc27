// Place → entities: moves, boxes and pans over 100,000 points, wherever they stand.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/geo/quadtree.hpp"

namespace starling::bench {
namespace {

constexpr std::uint32_t kNodes = 100'000;

/// How the fleet stands. The area is where it moves; a map of 1 % of the area has a tenth of its sides.
struct Layout {
  const char* name;
  double reach_deg;    ///< the area's sides
  int towns;           ///< 0: anywhere in the area
  double town_deg;
};
constexpr Layout kLayouts[] = {
    {"uniform", 10, 0, 0},
    {"100_towns", 10, 100, 0.1},
    {"one_town_of_the_world", 0.1, 0, 0},
};
constexpr double kSouth = 40.25, kWest = 0.75;  // no edge of a cell is an edge of the area

class Fleet {
 public:
  explicit Fleet(const Layout& layout) : layout_(layout), random_(23) {
    std::vector<geo::Point> towns;
    for (int i = 0; i < layout.towns; ++i) towns.push_back(anywhere(layout.reach_deg - layout.town_deg));
    for (std::uint32_t handle = 0; handle < kNodes; ++handle) {
      geo::Point place = anywhere(layout.reach_deg);
      if (!towns.empty()) {
        place = towns[random_.below(towns.size())];
        place.latitude_deg += random_.unit() * layout.town_deg;
        place.longitude_deg += random_.unit() * layout.town_deg;
      }
      places_.push_back(place);
      tree_.insert(place, handle);
    }
  }
  /// A map of 1 % of the area, around one of the fleet (as people look where something is).
  geo::Box map() {
    const geo::Point& centre = places_[random_.below(kNodes)];
    const double half = layout_.reach_deg / 20;
    return *geo::Box::from(centre.latitude_deg + half, centre.latitude_deg - half, centre.longitude_deg + half,
                           centre.longitude_deg - half);
  }
  /// The map moved by 10 % of its width, to one of four sides.
  geo::Box panned(const geo::Box& map) {
    const double by = (random_.chance(0.5) ? 1 : -1) * layout_.reach_deg / 100;
    const bool is_sideways = random_.chance(0.5);
    const double up = is_sideways ? 0 : by, aside = is_sideways ? by : 0;
    return *geo::Box::from(map.north_deg() + up, map.south_deg() + up, map.east_deg() + aside, map.west_deg() + aside);
  }
  [[nodiscard]] geo::Point anywhere(double reach_deg) {
    return {kSouth + random_.unit() * reach_deg, kWest + random_.unit() * reach_deg};
  }

  const Layout& layout_;
  Random random_;
  std::vector<geo::Point> places_;
  geo::Quadtree tree_;
};

/// 1,000 of them made beforehand, so that making them is not measured.
template <class Make>
auto a_thousand(Make&& make) {
  std::vector<decltype(make())> made;
  while (made.size() < 1000) made.push_back(make());
  return made;
}

void places_pan(benchmark::State& state, const Layout& layout) {
  Fleet fleet(layout);
  const auto maps = a_thousand([&] {
    const geo::Box map = fleet.map();
    return std::pair{map, fleet.panned(map)};
  });
  std::size_t next = 0, told = 0, compared = 0, in_view = 0;
  for (const auto& [before, after] : maps) in_view += fleet.tree_.count_in(before, kNodes);
  for (auto _ : state) {
    const auto& [before, after] = maps[next];
    compared += fleet.tree_.for_each_in_one_of(before, after, [&](std::uint32_t, bool, bool) { ++told; });
    next = (next + 1) % maps.size();
  }
  state.counters["in_view"] = static_cast<double>(in_view) / static_cast<double>(maps.size());
  state.counters["told"] = benchmark::Counter(static_cast<double>(told), benchmark::Counter::kAvgIterations);
  state.counters["compared"] = benchmark::Counter(static_cast<double>(compared), benchmark::Counter::kAvgIterations);
}

void places_box(benchmark::State& state, const Layout& layout) {
  Fleet fleet(layout);
  const auto maps = a_thousand([&] { return fleet.map(); });
  std::size_t next = 0, found = 0;
  for (auto _ : state) {
    fleet.tree_.for_each_in(maps[next], [&](std::uint32_t handle) { ++found;
      benchmark::DoNotOptimize(handle); });
    next = (next + 1) % maps.size();
  }
  state.counters["found"] = benchmark::Counter(static_cast<double>(found), benchmark::Counter::kAvgIterations);
}

/// Whether a map holds over 1,024: what decides between gathering and a cut.
void places_count_1024(benchmark::State& state, const Layout& layout) {
  Fleet fleet(layout);
  const auto maps = a_thousand([&] { return fleet.map(); });
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(fleet.tree_.count_in(maps[next], 1025));
    next = (next + 1) % maps.size();
  }
}

/// One moves by some 10 m; the area's edge does not hold it.
void places_move(benchmark::State& state, const Layout& layout) {
  Fleet fleet(layout);
  for (auto _ : state) {
    const auto handle = static_cast<std::uint32_t>(fleet.random_.below(kNodes));
    const geo::Point from = fleet.places_[handle];
    const geo::Point to{from.latitude_deg + (fleet.random_.unit() - 0.5) * 0.0002, from.longitude_deg + (fleet.random_.unit() - 0.5) * 0.0002};
    fleet.tree_.move(handle, from, to);
    fleet.places_[handle] = to;
  }
}

/// One goes to where another one was at the start: out of one cell, into another.
void places_jump(benchmark::State& state, const Layout& layout) {
  Fleet fleet(layout);
  const std::vector<geo::Point> start = fleet.places_;
  for (auto _ : state) {
    const auto handle = static_cast<std::uint32_t>(fleet.random_.below(kNodes));
    const geo::Point to = start[fleet.random_.below(kNodes)];
    fleet.tree_.move(handle, fleet.places_[handle], to);
    fleet.places_[handle] = to;
  }
}

/// All of them, into an empty tree; and what they weigh there.
void places_fill(benchmark::State& state, const Layout& layout) {
  Fleet fleet(layout);
  std::size_t bytes = 0;
  for (auto _ : state) {
    geo::Quadtree tree;
    for (std::uint32_t handle = 0; handle < kNodes; ++handle) tree.insert(fleet.places_[handle], handle);
    bytes = tree.bytes();
  }
  state.counters["bytes_per_point"] = static_cast<double>(bytes) / kNodes;
  state.counters["s_per_point"] =
      benchmark::Counter(kNodes, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

const bool are_registered = [] {
  for (const Layout& layout : kLayouts) {
    const auto add = [&](const char* name, void (*measure)(benchmark::State&, const Layout&)) {
      benchmark::RegisterBenchmark((std::string{name} + '/' + layout.name).c_str(),
                                   [measure, &layout](benchmark::State& state) { measure(state, layout); });
    };
    add("places_pan", places_pan);
    add("places_box", places_box);
    add("places_count_1024", places_count_1024);
    add("places_move", places_move);
    add("places_jump", places_jump);
    add("places_fill", places_fill);
  }
  return true;
}();

}  // namespace
}  // namespace starling::bench

// Change → audiences: what a change costs those who look at it, and those who look elsewhere. Real views, real changes, the index
// that fan-out asks.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/view/index.hpp"

namespace starling::bench {
namespace {

/// Where nodes move: 10° by 10°. A map of 1 % of it is 1° by 1°.
constexpr double kSouth = 40, kWest = 0, kReach = 10, kMap = 1;
constexpr std::size_t kNodes = 10'000;

/// As much of an audience as is written to when a change touches it; it has a cache line of its own, as in fan-out.
struct alignas(64) Audience {
  std::uint64_t touched = 0;
};

class Audiences {
 public:
  void add(const geo::Box& box) {
    view::Query query;
    query.channels = {"mesh:position"};
    query.filter.bounds = box;
    views_.push_back(std::make_unique<view::View>(std::move(query), world_.channels()));
    audiences_.push_back(std::make_unique<Audience>());
    index_.insert(audiences_.back().get(), *views_.back());
  }
  void replace(std::size_t i, const geo::Box& box) {
    index_.erase(audiences_[i].get(), *views_[i]);
    view::Query query = views_[i]->query();
    query.filter.bounds = box;
    views_[i] = std::make_unique<view::View>(std::move(query), world_.channels());
    index_.insert(audiences_[i].get(), *views_[i]);
  }
  /// How many it touched.
  std::size_t touch(const state::Change& change) const {
    std::size_t touched = 0;
    index_.for_each_touched(change, [&](Audience* audience) {
      ++audience->touched;
      ++touched;
    });
    return touched;
  }
  [[nodiscard]] std::size_t size() const noexcept { return audiences_.size(); }

 private:
  log::TestWorld world_;
  std::vector<std::unique_ptr<view::View>> views_;
  std::vector<std::unique_ptr<Audience>> audiences_;
  view::Index<Audience*> index_;
};

geo::Box square(double south, double west, double side) { return *geo::Box::from(south + side, south, west + side, west); }

geo::Box any_map(Random& random) {
  return square(kSouth + random.unit() * (kReach - kMap), kWest + random.unit() * (kReach - kMap), kMap);
}

/// Each node's step from one place in the area to another: `step_deg` at most in each direction, or to anywhere if it is 0.
std::vector<state::Change> moves(double step_deg) {
  Random random(7);
  log::TestWorld world;
  std::vector<state::Change> changes;
  for (std::size_t i = 0; i < kNodes; ++i) {
    const std::string key = "!" + std::to_string(i);
    const auto within = [&](double low, double from) {
      return step_deg > 0 ? std::clamp(from + (random.unit() * 2 - 1) * step_deg, low, low + kReach) : low + random.unit() * kReach;
    };
    const geo::Point from{kSouth + random.unit() * kReach, kWest + random.unit() * kReach};
    world.set("mesh:position", key, R"({"altitude":120})", from);
    world.set("mesh:position", key, R"({"altitude":121})", geo::Point{within(kSouth, from.latitude_deg), within(kWest, from.longitude_deg)});
    changes.push_back(world.last_change());
  }
  return changes;
}

void touch_all(benchmark::State& state, const Audiences& audiences, const std::vector<state::Change>& changes) {
  std::size_t next = 0, matches = 0;
  for (auto _ : state) {
    matches += audiences.touch(changes[next]);
    next = (next + 1) % changes.size();
  }
  const auto asked = static_cast<double>(state.iterations());
  state.counters["matches"] = static_cast<double>(matches) / asked;
  if (matches > 0) {
    state.counters["s_per_match"] =
        benchmark::Counter(static_cast<double>(matches), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  }
}

/// 10,000 maps of 1 % of the area; the argument is the step of a move in millionths of a degree (0: to anywhere).
void index_maps_of_1_percent(benchmark::State& state) {
  const std::vector<state::Change> changes = moves(static_cast<double>(state.range(0)) * 1e-6);
  Audiences audiences;
  Random random(11);
  for (int i = 0; i < 10'000; ++i) audiences.add(any_map(random));
  touch_all(state, audiences, changes);
}
BENCHMARK(index_maps_of_1_percent)->ArgName("step")->Arg(100)->Arg(10'000)->Arg(0);

/// The maps of viewers who see nothing of the area: all in another one, or in towns around the world.
void add_elsewhere(Audiences& audiences, std::int64_t count, bool is_scattered) {
  Random random(13);
  for (std::int64_t i = 0; i < count;) {
    const double side = is_scattered ? 0.05 + random.unit() * 0.3 : kMap;
    const double south = is_scattered ? random.unit() * 140 - 70 : -30 + random.unit() * kReach;
    const double west = is_scattered ? random.unit() * 360 - 180 : 110 + random.unit() * kReach;
    const bool sees_area = south <= kSouth + kReach && south + side >= kSouth && west <= kWest + kReach && west + side >= kWest;
    if (sees_area) continue;
    audiences.add(square(south, west, side));
    ++i;
  }
}

void index_looking_elsewhere(benchmark::State& state, bool is_scattered, int here) {
  const std::vector<state::Change> changes = moves(0.0001);  // made first: they lie in memory alike, however many look
  Audiences audiences;
  add_elsewhere(audiences, state.range(0), is_scattered);
  Random random(17);
  for (int i = 0; i < here; ++i) audiences.add(any_map(random));
  touch_all(state, audiences, changes);
}
BENCHMARK_CAPTURE(index_looking_elsewhere, in_another_area, false, 0)->Arg(0)->Arg(1000)->Arg(10'000)->Arg(100'000);
BENCHMARK_CAPTURE(index_looking_elsewhere, around_the_world, true, 0)->Arg(1000)->Arg(10'000)->Arg(100'000);
BENCHMARK_CAPTURE(index_looking_elsewhere, around_the_world_and_1000_here, true, 1000)->Arg(1000)->Arg(10'000)->Arg(100'000);

/// One of 10,000 viewers pans by 10 % of its map: out of the index and in again, and the new view made.
void index_pan(benchmark::State& state) {
  Audiences audiences;
  Random random(19);
  std::vector<std::pair<double, double>> corners;
  for (int i = 0; i < 10'000; ++i) {
    corners.emplace_back(kSouth + random.unit() * (kReach - kMap), kWest + random.unit() * (kReach - kMap));
    audiences.add(square(corners.back().first, corners.back().second, kMap));
  }
  for (auto _ : state) {
    const std::size_t i = random.below(audiences.size());
    auto& [south, west] = corners[i];
    west = west < kWest + kReach - kMap ? west + kMap / 10 : kWest;
    audiences.replace(i, square(south, west, kMap));
  }
}
BENCHMARK(index_pan);

}  // namespace
}  // namespace starling::bench

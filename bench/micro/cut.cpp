// A cut of 100,000 entities, and what it adds to the 10,000 changes that follow.
#include <benchmark/benchmark.h>

#include <memory>
#include <optional>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/state/space.hpp"
#include "starling/core/state/test_entity.hpp"

namespace starling::bench {
namespace {

constexpr std::size_t kNodes = 100'000, kChanges = 10'000;

class Fleet {
 public:
  Fleet() {
    Random random(37);
    std::vector<state::EntityPtr> all;
    for (std::size_t i = 0; i < kNodes; ++i) all.push_back(state::entity('!' + std::to_string(i)));
    for (const state::EntityPtr& entity : all) space.put(entity);
    for (std::size_t i = kNodes; i > kNodes - kChanges; --i) {  // no two of one entity
      std::swap(all[i - 1], all[random.below(i)]);
      state::Entity changed = *all[i - 1];
      changed.place->point.longitude_deg = 1;
      sides_[0].push_back(std::make_shared<const state::Entity>(std::move(changed)));
      sides_[1].push_back(all[i - 1]);
    }
  }
  void change() {
    for (const state::EntityPtr& entity : sides_[turn_]) space.put(entity);
    turn_ = 1 - turn_;
  }

  state::Space space;

 private:
  std::vector<state::EntityPtr> sides_[2];
  std::size_t turn_ = 0;
};

/// 10,000 changes anywhere; after a cut, or without one. The difference is what a cut costs.
void cut_and_changes(benchmark::State& state, bool has_cut) {
  Fleet fleet;
  for (auto _ : state) {
    std::optional<state::Cut> cut;
    if (has_cut) cut = fleet.space.cut(1);
    fleet.change();
    state.PauseTiming();
    cut.reset();
    state.ResumeTiming();
  }
}
BENCHMARK_CAPTURE(cut_and_changes, without, false)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(cut_and_changes, with, true)->Unit(benchmark::kMicrosecond);

/// Letting go of one after the 10,000.
void cut_let_go(benchmark::State& state) {
  Fleet fleet;
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<state::Cut> cut = fleet.space.cut(1);
    fleet.change();
    state.ResumeTiming();
    cut.reset();
  }
}
BENCHMARK(cut_let_go)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace starling::bench

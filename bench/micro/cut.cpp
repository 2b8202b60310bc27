// Cuts of 100,000 entities: what taking one, the writes after it, reading it and letting it go cost.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <time.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/state/space.hpp"

namespace starling::bench {
namespace {

constexpr std::uint32_t kNodes = 100'000;
constexpr std::size_t kWrites = 10'000;

[[nodiscard]] std::size_t bytes_in_use() {
  const auto heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

class Fleet {
 public:
  Fleet() {
    std::thread([] {}).join();  // from now on shared pointers are counted as in a program with threads
    for (std::uint32_t i = 0; i < kNodes; ++i) {
      std::string key = "node-" + std::to_string(i * 7919);
      const std::size_t hash = state::Identity::hash_of(0, key);
      identities_.push_back(std::make_shared<const state::Identity>(state::Identity{0, std::move(key), hash}));
      space_.put(entity(i));
    }
  }
  [[nodiscard]] state::EntityPtr entity(std::size_t node) {
    state::Entity made;
    made.identity = identities_[node];
    made.place = state::Place{{random_.unit() * 10, random_.unit() * 10}, nullptr};
    return std::make_shared<const state::Entity>(std::move(made));
  }

  Random random_{256};
  std::vector<state::IdentityPtr> identities_;
  state::Space space_;
};

/// Reports of nodes drawn at random, made beforehand, and what they replace, held as the log holds it: a write frees nothing.
struct Writes {
  explicit Writes(Fleet& fleet) {
    for (std::size_t i = 0; i < kWrites; ++i) {
      after.push_back(fleet.entity(fleet.random_.below(kNodes)));
      before.push_back(fleet.space_.find(after.back()->key()));
    }
  }
  void put_into(state::Space& space) {
    for (state::EntityPtr& entity : after) space.put(std::move(entity));
  }
  std::vector<state::EntityPtr> after, before;
};

[[nodiscard]] double cpu_s() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[nodiscard]] double median(std::vector<double> all) {
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

/// `cut_costs_s`: how much longer the writes take with a cut, its taking included. With and without take turns, so that what else the machine
/// does weighs on both alike.
void cut_then_10000_writes(benchmark::State& state) {
  Fleet fleet;
  std::vector<double> without_s, with_s;
  for (auto _ : state) {
    state.PauseTiming();
    {
      Writes writes(fleet);
      const double begun_s = cpu_s();
      writes.put_into(fleet.space_);
      without_s.push_back(cpu_s() - begun_s);
    }
    std::optional<Writes> writes(fleet);
    state.ResumeTiming();
    const double begun_s = cpu_s();
    std::optional<state::Cut> cut{fleet.space_.cut(1)};
    writes->put_into(fleet.space_);
    with_s.push_back(cpu_s() - begun_s);
    state.PauseTiming();
    cut.reset();
    writes.reset();
    state.ResumeTiming();
  }
  state.counters["cut_costs_s"] = median(with_s) - median(without_s);

  Writes writes(fleet);  // one more time: to look at the heap empties the cache
  const std::size_t bytes_before = bytes_in_use();
  const state::Cut cut = fleet.space_.cut(1);
  writes.put_into(fleet.space_);
  state.counters["bytes_held"] = static_cast<double>(bytes_in_use() - bytes_before);
}
BENCHMARK(cut_then_10000_writes)->Iterations(200)->Unit(benchmark::kMicrosecond);

/// Of the oldest of so many cuts, 10,000 writes after each.
void cut_read(benchmark::State& state) {
  Fleet fleet;
  std::vector<state::Cut> cuts;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    cuts.push_back(fleet.space_.cut(static_cast<state::Seq>(i)));
    Writes(fleet).put_into(fleet.space_);
  }
  std::size_t entities = 0;
  for (auto _ : state) {
    const state::Cut& cut = cuts.front();
    for (std::size_t slot = 0; slot < cut.slots(); ++slot) entities += cut.at(slot) != nullptr;
  }
  state.counters["entities"] = benchmark::Counter(static_cast<double>(entities), benchmark::Counter::kAvgIterations);
}
BENCHMARK(cut_read)->ArgName("cuts")->Arg(1)->Arg(4)->Unit(benchmark::kMicrosecond);

void cut_let_go(benchmark::State& state) {
  Fleet fleet;
  for (auto _ : state) {
    state.PauseTiming();
    std::optional<Writes> writes(fleet);
    std::optional<state::Cut> cut{fleet.space_.cut(1)};
    writes->put_into(fleet.space_);
    state.ResumeTiming();
    cut.reset();
    state.PauseTiming();
    writes.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(cut_let_go)->Unit(benchmark::kMicrosecond);

/// Which of 100,000 slots differ after 10,000 writes.
void cut_changed_between(benchmark::State& state) {
  Fleet fleet;
  const state::Cut older = fleet.space_.cut(1);
  Writes(fleet).put_into(fleet.space_);
  const state::Cut younger = fleet.space_.cut(2);
  std::size_t changed = 0;
  for (auto _ : state) changed = changed_between(older, younger).size();
  state.counters["changed"] = static_cast<double>(changed);
}
BENCHMARK(cut_changed_between)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace starling::bench

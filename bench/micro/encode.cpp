// Change → fragment, fragments → frame: what is written once for everybody who is told the same, and what each audience's frame adds.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "starling/core/log/test_world.hpp"
#include "starling/core/protocol/native_encoder.hpp"

namespace starling::bench {
namespace {

struct Node {
  state::Change change;
  view::Transition transition;
};

/// A node that is told as `told`: a report of six fields, of which three change.
class Fleet {
 public:
  Fleet(std::size_t nodes, view::Told told) {
    for (std::size_t i = 0; i < nodes; ++i) {
      const std::string key = '!' + std::to_string(10'000'000 + i), rest = R"(,"name":"Node )" + std::to_string(i) + R"(","battery":87,"altitude_m":120})";
      world_.set("mesh:position", key, R"({"latitude":41.12345,"longitude":2.34567,"heard":1700000000)" + rest);
      world_.set("mesh:position", key, R"({"latitude":41.12355,"longitude":2.34562,"heard":1700000030)" + rest);
      changes_.push_back(world_.last_change());
      const state::Channel& channel = world_.open("mesh:position");
      const state::Facet *before = changes_.back().before->find(channel), *after = changes_.back().after->find(channel);
      transitions_.push_back({&channel, told, view::RemoveReason::moved, told == view::Told::set ? nullptr : before,
                              told == view::Told::remove ? nullptr : after, changes_.back().before.get(), changes_.back().after.get()});
    }
  }
  [[nodiscard]] std::string_view key(std::size_t i) const { return changes_[i].identity().key; }
  [[nodiscard]] const view::Transition& operator[](std::size_t i) const { return transitions_[i]; }
  [[nodiscard]] view::View everything() { return view::View({{"*"}, {}, std::nullopt}, world_.channels()); }

 private:
  log::TestWorld world_;
  std::vector<state::Change> changes_;
  std::vector<view::Transition> transitions_;
};

constexpr std::size_t kNodes = 1'000;

void encode_fragment(benchmark::State& state, view::Told told) {
  Fleet fleet(kNodes, told);
  const view::View view = fleet.everything();
  protocol::NativeEncoder encoder;
  std::string text;
  std::size_t next = 0, bytes = 0;
  for (auto _ : state) {
    text.clear();
    benchmark::DoNotOptimize(encoder.write(text, fleet.key(next), fleet[next], view, view));
    bytes += text.size();
    next = (next + 1) % kNodes;
  }
  state.counters["bytes"] = benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(encode_fragment, set, view::Told::set);
BENCHMARK_CAPTURE(encode_fragment, patch, view::Told::patch);
BENCHMARK_CAPTURE(encode_fragment, remove, view::Told::remove);

/// Of so many patches that have been written already.
void encode_frame(benchmark::State& state) {
  const auto fragments = static_cast<std::size_t>(state.range(0));
  Fleet fleet(fragments, view::Told::patch);
  const view::View view = fleet.everything();
  protocol::NativeEncoder encoder;
  std::vector<std::string> texts(fragments);
  for (std::size_t i = 0; i < fragments; ++i) benchmark::DoNotOptimize(encoder.write(texts[i], fleet.key(i), fleet[i], view, view));
  std::size_t bytes = 0;
  for (auto _ : state) {
    encoder.begin(1);
    for (std::size_t i = 0; i < fragments; ++i) encoder.add(*fleet[i].channel, view::Told::patch, texts[i]);
    bytes += encoder.finish_update(7, false)->wire().size();
  }
  state.counters["bytes"] = benchmark::Counter(static_cast<double>(bytes), benchmark::Counter::kAvgIterations);
}
BENCHMARK(encode_frame)->ArgName("fragments")->Arg(1)->Arg(100);

}  // namespace
}  // namespace starling::bench

// Updates → state: what one report costs the hub's thread, to the closed batch.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/hub/hub.hpp"

namespace starling::bench {
namespace {

constexpr std::uint32_t kNodes = 10'000;
constexpr std::size_t kBatch = 50;  // what 10,000 a second come to in 5 ms

std::string record(Random& random, std::int64_t fields) {
  std::string text = R"({"latitude":4)" + std::to_string(random.below(10)) + '.' + std::to_string(random.below(100'000));
  if (fields >= 2) text += R"(,"longitude":)" + std::to_string(random.below(10)) + '.' + std::to_string(random.below(100'000));
  for (std::int64_t i = 2; i < fields; ++i) text += R"(,"field_)" + std::to_string(i) + "\":" + std::to_string(random.below(1'000));
  return text + '}';
}

/// So many fields a report, all of which change; the argument before that: whether they locate.
void hub_apply(benchmark::State& state, const char* channel) {
  Random random(29);
  hub::Hub hub({}, {});
  Moment now{Instant{std::chrono::seconds{1'000}}, Timestamp{std::chrono::hours{24 * 20'000}}};
  std::vector<state::Update> updates;
  for (std::uint32_t i = 0; i < 3 * kNodes; ++i) {
    updates.push_back({.channel = channel, .key = '!' + std::to_string(i % kNodes), .data = record(random, state.range(0)), .location = {}, .time = {}});
  }
  for (std::uint32_t i = 0; i < kNodes; ++i) benchmark::DoNotOptimize(hub.publish(updates[i], now));
  benchmark::DoNotOptimize(hub.close_batch(now));
  std::size_t next = kNodes, in_batch = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(hub.publish(updates[next], now));
    next = (next + 1) % updates.size();
    if (++in_batch < kBatch) continue;
    in_batch = 0;
    now.instant += std::chrono::milliseconds{5};
    now.timestamp += std::chrono::milliseconds{5};
    benchmark::DoNotOptimize(hub.close_batch(now));
  }
  state.counters["fields/s"] = benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(hub_apply, that_moves, "mesh:position")->ArgName("fields")->Arg(3);
BENCHMARK_CAPTURE(hub_apply, that_stays, "mesh:telemetry")->ArgName("fields")->Arg(1)->Arg(3)->Arg(10);

}  // namespace
}  // namespace starling::bench

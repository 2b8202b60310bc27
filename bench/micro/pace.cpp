// Batches → frames: what a slower pace saves, for many viewers who each see something else of a fleet that never rests.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/fanout/fanout.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/protocol/native_encoder.hpp"

namespace starling::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kViewers = 10'000, kNodes = 10'000;
constexpr double kSouth = 40, kWest = 0, kReach = 10, kMap = 1;  // a map of 1 % of the area
constexpr auto kTick = milliseconds{100};

/// Takes everything, keeps nothing.
class NullLink final : public fanout::Link {
 public:
  [[nodiscard]] bool is_writable() const noexcept override { return true; }
  void send(fanout::FramePtr frame) override {
    ++frames_;
    bytes += frame->wire().size();
  }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_; }
  void ping() override {}
  [[nodiscard]] bool is_stalled() const noexcept override { return false; }
  void close(std::uint16_t, std::string_view) override {}

  std::size_t bytes = 0;

 private:
  std::uint64_t frames_ = 0;
};

class Fleet {
 public:
  Fleet() : random_(31) {
    for (std::size_t i = 0; i < kNodes; ++i) places_.push_back({kSouth + random_.unit() * kReach, kWest + random_.unit() * kReach});
  }
  /// Everybody moves by up to 100 m and says so.
  log::BatchPtr tick() {
    ++round_;
    for (std::size_t i = 0; i < kNodes; ++i) {
      geo::Point& place = places_[i];
      place.latitude_deg = std::clamp(place.latitude_deg + (random_.unit() - 0.5) * 0.002, kSouth, kSouth + kReach);
      place.longitude_deg = std::clamp(place.longitude_deg + (random_.unit() - 0.5) * 0.002, kWest, kWest + kReach);
      world_.set("mesh:position", '!' + std::to_string(i),
                 R"({"latitude":)" + std::to_string(place.latitude_deg) + R"(,"longitude":)" + std::to_string(place.longitude_deg) +
                     R"(,"altitude_m":120,"round":)" + std::to_string(round_) + '}',
                 place);
    }
    return world_.close(kNodes * 300);
  }
  view::ViewPtr any_map() {
    const double south = kSouth + random_.unit() * (kReach - kMap), west = kWest + random_.unit() * (kReach - kMap);
    view::Query query;
    query.channels = {"mesh:position"};
    query.filter.bounds = geo::Box::from(south + kMap, south, west + kMap, west);
    return std::make_shared<const view::View>(std::move(query), world_.channels());
  }

 private:
  Random random_;
  log::TestWorld world_;
  std::vector<geo::Point> places_;
  std::size_t round_ = 0;
};

/// One iteration is a second of the fleet: ten ticks. The argument is the viewers' period in milliseconds; 0: nobody looks.
void pace_second(benchmark::State& state) {
  Fleet fleet;
  fanout::Fanout fanout{{}};
  protocol::NativeEncoder encoder;
  Instant now{std::chrono::seconds{1'000}};
  fanout.take(fleet.tick(), now);
  NullLink link;
  std::vector<std::unique_ptr<fanout::Subscription>> viewers;
  for (std::size_t i = 0; state.range(0) > 0 && i < kViewers; ++i) {
    viewers.push_back(std::make_unique<fanout::Subscription>(link, encoder, 1, fleet.any_map(), milliseconds{state.range(0)}));
    fanout.subscribe(*viewers.back(), fanout::SubscribedReason::fresh, std::nullopt, now);
  }
  const auto pass_second = [&](bool is_measured) {
    for (int tick = 0; tick < 10; ++tick) {
      if (is_measured) state.PauseTiming();
      const log::BatchPtr batch = fleet.tick();
      if (is_measured) state.ResumeTiming();
      now += kTick / 2;
      fanout.take(batch, now);
      now += kTick / 2;
      fanout.on_time(now);
    }
  };
  pass_second(false);  // the leading edge of everybody
  const std::size_t bytes = link.bytes;
  const std::uint64_t frames = link.frames_sent();
  for (auto _ : state) pass_second(true);
  state.counters["frames"] = benchmark::Counter(static_cast<double>(link.frames_sent() - frames), benchmark::Counter::kAvgIterations);
  state.counters["bytes"] = benchmark::Counter(static_cast<double>(link.bytes - bytes), benchmark::Counter::kAvgIterations);
  for (const auto& viewer : viewers) fanout.unsubscribe(*viewer);
}
BENCHMARK(pace_second)->ArgName("period_ms")->Arg(100)->Arg(1'000)->Arg(0)->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace starling::bench

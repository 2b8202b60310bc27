// What it costs to send a frame to an audience plain, deflated once for everybody, and deflated for each; and what is left of it. At levels, for the choice of one.
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/fanout/frame.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/protocol/native_encoder.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/inflater.hpp"

namespace starling::bench {
namespace {

/// Updates of one subscription, one a tick: each says `patches` nodes of a fleet of 1,000, other ones every time, to have moved.
std::vector<std::string> native_updates(std::size_t count, std::size_t patches) {
  constexpr std::size_t kNodes = 1'000;
  log::TestWorld world;
  Random random{1};
  const auto digits = [&random](std::size_t n) {
    std::string text;
    for (std::size_t i = 0; i < n; ++i) text += static_cast<char>('0' + random.below(10));
    return text;
  };
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < kNodes; ++i) keys.push_back('!' + digits(8));
  std::vector<std::string> payloads;
  const view::View view({{"*"}, {}, std::nullopt}, world.channels());
  protocol::NativeEncoder encoder;
  std::size_t seq = 1'000'000;
  for (std::size_t n = 0; n < count; ++n) {
    encoder.begin(1);
    for (std::size_t i = 0; i < patches; ++i) {
      const std::string& key = keys[(n * patches + i * 37) % kNodes];
      const auto report = [&] {
        world.set("mesh:position", key,
                  R"({"latitude":41.)" + digits(5) + R"(,"longitude":2.)" + digits(5) + R"(,"altitude_m":)" + digits(3) + R"(,"heard":17000)" + digits(5) + R"(,"name":"Node )" + key + R"("})");
      };
      report();
      report();
      const state::Change change = world.last_change();
      const state::Channel& channel = world.open("mesh:position");
      const view::Transition patch{&channel, view::Told::patch, view::RemoveReason::moved, change.before->find(channel), change.after->find(channel),
                                   change.before.get(), change.after.get()};
      std::string text;
      STARLING_CHECK(encoder.write(text, key, patch, view, view));
      encoder.add(channel, view::Told::patch, text);
    }
    payloads.emplace_back(encoder.finish_update(++seq, false)->payload());
  }
  return payloads;
}

double average_bytes(const std::vector<std::string>& payloads) {
  std::size_t bytes = 0;
  for (const std::string& payload : payloads) bytes += payload.size();
  return static_cast<double>(bytes) / static_cast<double>(payloads.size());
}

/// 64 frames after each other, so that a window that is kept has something to repeat.
constexpr std::size_t kFrames = 64;

void deflate_level(benchmark::State& state) {
  const auto payloads = native_updates(kFrames, static_cast<std::size_t>(state.range(0)));
  ws::Deflater deflater{static_cast<int>(state.range(1))};
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(deflater.deflate(payloads[next]));
    next = (next + 1) % kFrames;
  }
  const ws::DeflateCounters& counters = deflater.counters();
  state.counters["bytes"] = average_bytes(payloads);
  state.counters["ratio"] = static_cast<double>(counters.bytes_after) / static_cast<double>(counters.bytes_before);
  state.counters["bytes/s"] = benchmark::Counter(static_cast<double>(counters.bytes_before), benchmark::Counter::kIsRate);
}
BENCHMARK(deflate_level)->ArgNames({"patches", "level"})->ArgsProduct({{5, 50, 500}, {1, 3, 6, 9}});

/// The same with the window kept from frame to frame, as it would be for one viewer alone.
void deflate_window_kept(benchmark::State& state) {
  const auto payloads = native_updates(kFrames, static_cast<std::size_t>(state.range(0)));
  z_stream stream{};
  STARLING_CHECK(deflateInit2(&stream, static_cast<int>(state.range(1)), Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(1 << 20, '\0');
  std::size_t next = 0, before = 0, after = 0;
  for (auto _ : state) {
    const std::string& payload = payloads[next];
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(payload.data()));
    stream.avail_in = static_cast<uInt>(payload.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    benchmark::DoNotOptimize(deflate(&stream, Z_SYNC_FLUSH));
    before += payload.size();
    after += out.size() - stream.avail_out - 4;
    // When all have been said, from the front again: a frame of the round before must not be repeated whole.
    if ((next = (next + 1) % kFrames) == 0) deflateReset(&stream);
  }
  deflateEnd(&stream);
  state.counters["bytes"] = average_bytes(payloads);
  state.counters["ratio"] = static_cast<double>(after) / static_cast<double>(before);
}
BENCHMARK(deflate_window_kept)->ArgNames({"patches", "level"})->ArgsProduct({{5, 50, 500}, {1, 6}});

void inflate_frame(benchmark::State& state) {
  const auto payloads = native_updates(kFrames, static_cast<std::size_t>(state.range(0)));
  ws::Deflater deflater;
  ws::Inflater inflater;
  std::vector<std::string> deflated;
  for (const std::string& payload : payloads) deflated.emplace_back(deflater.deflate(payload).value());
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(inflater.inflate(deflated[next], 1 << 20));
    next = (next + 1) % kFrames;
  }
}
BENCHMARK(inflate_frame)->ArgName("patches")->Arg(5)->Arg(50)->Arg(500);

// ---- An audience --------------------------------------------------------------------------------------------------------------

enum class Sent : std::uint8_t { plain, deflated_once, deflated_per_member };

constexpr std::size_t kMembers = 100;

/// One frame made and handed to everybody's outbox: what the sockets cost is not in it, and is less where less is written.
void audience_frame(benchmark::State& state, Sent sent) {
  const auto payloads = native_updates(kFrames, static_cast<std::size_t>(state.range(0)));
  ws::Deflater deflater;
  std::vector<std::pair<fanout::FramePtr, std::string_view>> outboxes(kMembers);
  std::size_t next = 0, bytes = 0;
  for (auto _ : state) {
    fanout::FramePtr frame = fanout::Frame::text(payloads[next]);
    for (auto& outbox : outboxes) {
      if (sent == Sent::deflated_per_member) frame = fanout::Frame::text(payloads[next]);
      outbox = {frame, sent == Sent::plain ? frame->wire() : frame->wire_deflated(deflater)};
      bytes += outbox.second.size();
    }
    benchmark::ClobberMemory();
    next = (next + 1) % kFrames;
  }
  state.counters["s_per_delivery"] = benchmark::Counter(kMembers, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["bytes"] = benchmark::Counter(static_cast<double>(bytes) / kMembers, benchmark::Counter::kAvgIterations);
}
BENCHMARK_CAPTURE(audience_frame, plain, Sent::plain)->ArgName("patches")->Arg(5)->Arg(50)->Arg(500);
BENCHMARK_CAPTURE(audience_frame, deflated_once, Sent::deflated_once)->ArgName("patches")->Arg(5)->Arg(50)->Arg(500);
BENCHMARK_CAPTURE(audience_frame, deflated_per_member, Sent::deflated_per_member)->ArgName("patches")->Arg(5)->Arg(50)->Arg(500);

}  // namespace
}  // namespace starling::bench

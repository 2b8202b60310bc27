/// @file
/// Any run of operations on a hub, its shards and their sessions leaves every viewer with what the naive model says its query shows.
///
/// An input is a simulation's choices (sim/dice.hpp), a byte or two each: first what the world is like, how many viewers there are and who may
/// see what; then, step by step, how much time passes, what is reported, and what each viewer does: asks, asks again, stalls, reads, is cut off.
/// After the last byte lines are good and all have to converge. `starling-sim --choices FILE --trace` tells an input as a story.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>

#include "sim/world.hpp"

#ifndef STARLING_PLANT
#define STARLING_PLANT 0
#endif

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // What one run may cost: more bytes are more steps of the same.
  constexpr std::size_t kBytesMax = 3'072;
  starling::sim::Choices choices{std::span{bytes, size}.first(std::min(size, kBytesMax))};
  starling::sim::RunOptions options;
  options.plant = STARLING_PLANT;
  options.steps = static_cast<int>(kBytesMax);
  options.choices = &choices;
  try {
    (void)starling::sim::run(options);
  } catch (const starling::sim::Broken& broken) {
    std::fprintf(stderr, "a promise is broken: %s\n", broken.what());
    std::abort();
  }
  return 0;
}

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
#include <vector>

#include "sim/world.hpp"

#ifndef STARLING_PLANT
#define STARLING_PLANT 0
#endif

/// AddressSanitizer notes where each piece of memory came from and keeps 256 MiB of what was freed: a third of the time here. With less of both, every
/// fault is still one; ASAN_OPTIONS=malloc_context_size=30 tells where the memory came from when an input is looked into.
extern "C" const char* __asan_default_options() { return "malloc_context_size=1:quarantine_size_mb=8"; }

/// Two things libFuzzer is told unless the command line, which comes after, says otherwise. It weighs each input by how rare what it does is, and for that
/// looks through a list at each of the ten thousand counters a run touches: two thirds of the time here, and more the longer it runs. And inputs of a
/// kilobyte, some forty steps, find as much in a third of the time; the corpus has longer ones, which are run whole where it is run as a test.
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  static char entropic[] = "-entropic=0", max_len[] = "-max_len=1024";
  static std::vector<char*> arguments(*argv, *argv + *argc);
  arguments.insert(arguments.begin() + 1, {entropic, max_len});
  *argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  *argv = arguments.data();
  return 0;
}

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

/// @file
/// One simulated run: the real hub, shard and sessions, model viewers on bad lines, and a fleet that reports, all under one seed.
#pragma once

#include <cstdint>

namespace starling::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  int plant = 0;  ///< the number of a fault to plant; 0: none
  int steps = 600;
  bool trace = false;  ///< print what every viewer says and is told
};

/// Throws `Broken` where a promise does not hold. Returns how many complete seqs were judged.
std::uint64_t run(const RunOptions& options);

}  // namespace starling::sim

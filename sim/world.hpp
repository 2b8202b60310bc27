/// @file
/// One simulated run: the real hub, shards and sessions, model viewers on bad lines, and a fleet that reports, all under one seed.
#pragma once

#include <cstdint>

#include "sim/broken.hpp"

namespace starling::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  int plant = 0;  ///< the number of a fault to plant; 0: none
  int steps = 600;
  bool trace = false;  ///< print what every viewer says and is told
};

/// How often what was gone through.
struct RunCounts {
  std::uint64_t judged = 0;  ///< complete seqs
  std::uint64_t expired = 0;  ///< facets
  std::uint64_t late = 0;  ///< reports
  std::uint64_t snapshots = 0, catch_ups = 0, cut_differences = 0, given_up = 0;
};

/// Throws `Broken` where a promise does not hold.
[[nodiscard]] RunCounts run(const RunOptions& options);

}  // namespace starling::sim

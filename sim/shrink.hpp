/// @file
/// From a seed that fails to a small one that fails alike: fewer steps, viewers, keys and shards, and less that goes wrong.
#pragma once

#include <string>

#include "sim/world.hpp"

namespace starling::sim {

struct Failure {
  RunOptions options;
  std::string what;
};

/// Tries smaller runs, of this seed and of some others, as long as `cpu_seconds_max` lasts; returns the smallest that breaks the same promise.
[[nodiscard]] Failure shrink(Failure failure, double cpu_seconds_max);

}  // namespace starling::sim

/// @file
/// What `starling-storm` plays. Each prints its figures and says which promises did not hold.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace starling::storm {

struct StormOptions {
  std::uint32_t entities = 100'000;
  std::size_t viewers = 5'000;       ///< one in fifty of everything, the others of a box of 1 %; every second one of everything stalls
  std::size_t shards = 2;
  std::size_t updates_per_second = 10'000;
  std::size_t log_bytes = 16 << 20;  ///< less than what is reported in 20 s: the log goes past those who stall
};
struct StalledOptions {
  std::uint32_t entities = 10'000;
  std::size_t updates_per_second = 50'000;
  std::size_t log_bytes = 64 << 20;
};

/// What did not hold; empty if all did.
using Broken = std::vector<std::string>;
[[nodiscard]] Broken play_storm(const StormOptions& options);
[[nodiscard]] Broken play_stalled(const StalledOptions& options);

}  // namespace starling::storm

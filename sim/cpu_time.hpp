/// @file
/// What this process has used of a processor, by which long runs are bounded.
#pragma once

#include <ctime>

namespace starling::sim {

[[nodiscard]] inline double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace starling::sim

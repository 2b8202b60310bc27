/// @file
/// What the user of starling-sim says, and the line that says it again.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "sim/world.hpp"

namespace starling::sim {

struct Command {
  RunOptions run;
  std::uint64_t first = 1, last = 1'000;  ///< seeds
  double cpu_seconds_max = 0;             ///< 0: no bound
  double shrink_seconds = 20;
  std::string choices_file, written_file, frames_file;  ///< empty: none
};

/// What to do; or, where there is nothing to do, the exit code, and what there is to say has been said.
[[nodiscard]] std::variant<Command, int> read_command_line(int argc, const char* const* argv);

/// The line that repeats a run.
[[nodiscard]] std::string command_line(const RunOptions& options);

}  // namespace starling::sim

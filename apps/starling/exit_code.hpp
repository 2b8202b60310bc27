/// @file
/// What the program says to the shell.
#pragma once

namespace starling {

enum ExitCode : int {
  exit_ok = 0,
  exit_failed = 1,
  exit_usage = 2,
};

}  // namespace starling

/// @file
/// `starling serve`: the server, from a configuration file and the command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/starling/exit_code.hpp"

namespace starling {

struct ServeOptions {
  std::string config_file;          ///< empty: the defaults
  std::vector<std::string> listen;  ///< instead of the configuration's
  bool demo = false;                ///< play a recording in a loop
  std::string demo_file;            ///< this one; empty: the one that is part of the program
};

/// Runs until SIGINT or SIGTERM.
[[nodiscard]] ExitCode serve(const ServeOptions& options);

/// The recorded fleet that `--demo` plays, part of the program.
[[nodiscard]] std::string_view demo_recording() noexcept;

}  // namespace starling

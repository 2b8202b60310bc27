/// @file
/// `starling replay`: a recording played into a server, over HTTP, in the time that was between its lines or faster.
#pragma once

#include <string>

#include "apps/starling/exit_code.hpp"
#include "starling/client/url.hpp"

namespace CLI {
class App;
}

namespace starling {

struct ReplayOptions {
  std::string file;
  double speed = 1;  ///< times faster than it was, kSpeedMin to kSpeedMax
  std::string url{client::kDefaultUrl};
  std::string ca_file;  ///< whom to believe at an https:// address; empty: whom the system trusts
};

inline constexpr double kSpeedMin = 0.1;
inline constexpr double kSpeedMax = 1000;

/// The subcommand; when it is called it sets `exit_code`.
void add_replay(CLI::App& program, ExitCode& exit_code);

/// Returns when the server has answered for every line, or on SIGINT or SIGTERM.
[[nodiscard]] ExitCode replay(const ReplayOptions& options);

}  // namespace starling

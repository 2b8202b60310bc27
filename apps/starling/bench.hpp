/// @file
/// `starling bench`: puts a server under load and says what it did.
#pragma once

#include <memory>
#include <string>

#include "apps/starling/exit_code.hpp"
#include "starling/load/options.hpp"

namespace CLI {
class App;
}

namespace starling {

struct BenchOptions {
  load::LoadOptions load;
  std::string url;
  bool json = false;
  std::string token;  ///< refused by name
  std::string mqtt;   ///< a broker's URL
};

/// The subcommand with those of its own, one a scenario. Whichever is called sets `exit_code`.
void add_bench(CLI::App& program, ExitCode& exit_code);

/// Runs until the seconds are over, or Ctrl-C. Fails where nothing connects, and where what came was not what was published.
[[nodiscard]] ExitCode bench(BenchOptions options);

}  // namespace starling

/// @file
/// `starling publish`: one update from the command line, or an NDJSON envelope a line from the standard input.
#pragma once

#include <string>
#include <vector>

#include "apps/starling/exit_code.hpp"
#include "starling/client/url.hpp"

namespace starling {

struct PublishOptions {
  std::string channel;                 ///< empty: each line names its own
  std::vector<std::string> arguments;  ///< [KEY] JSON, or KEY to remove; none: lines are read
  std::string operation;               ///< merge, replace or remove; empty: merge
  std::string url{client::kDefaultUrl};
  std::string ca_file;  ///< whom to believe at a wss:// address; empty: whom the system trusts
  bool verbose = false;  ///< print the seq of every update
};

/// Returns when the server has answered for every update.
[[nodiscard]] ExitCode publish(const PublishOptions& options);

}  // namespace starling

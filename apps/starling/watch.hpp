/// @file
/// `starling watch`: what a viewer is sent, one frame a line, as a live table, or as a recording.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/starling/exit_code.hpp"
#include "starling/client/url.hpp"

namespace starling {

struct WatchOptions {
  std::vector<std::string> channels;  ///< names, `space:*` or `*`
  std::string bounds;                 ///< west,south,east,north in degrees; empty: everywhere
  std::string where;                  ///< conditions on fields as JSON; empty: none
  std::vector<std::string> keys;      ///< each a list with commas; empty: all
  std::vector<std::string> fields;    ///< the same
  std::optional<double> rate;         ///< frames a second
  std::string url{client::kDefaultUrl};
  std::string ca_file;  ///< whom to believe at a wss:// address; empty: whom the system trusts
  bool table = false;
  bool no_reconnect = false;
  std::optional<std::uint64_t> count;  ///< ends after so many updates and snapshots
  std::string record_file;             ///< written instead of printing frames; empty: none
  bool force = false;                  ///< also over a file that is there already
};

/// Runs until SIGINT or SIGTERM, `count`, or a refusal.
[[nodiscard]] ExitCode watch(const WatchOptions& options);

}  // namespace starling

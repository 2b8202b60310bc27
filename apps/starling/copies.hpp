/// @file
/// `starling backup` and `starling restore`: a copy of the database of a running server, and back in its place.
#pragma once

#include <string>

#include "apps/starling/exit_code.hpp"

namespace CLI {
class App;
}

namespace starling {

struct CopyCommand {
  std::string config_file;  ///< whose store it is
  std::string store;        ///< its URL instead, relative to where we are; one of the two
  std::string file;         ///< the copy
  bool force = false;       ///< a backup replaces a file that is there
};

/// The two subcommands. Whichever is called sets `exit_code`.
void add_copies(CLI::App& program, ExitCode& exit_code);

/// Returns when the copy is complete and on the disk, or given up by SIGINT, SIGTERM or SIGHUP; then, as after any failure, nothing has changed.
[[nodiscard]] ExitCode back_up(const CopyCommand& command);
/// The same, with the copy in the place of the database.
[[nodiscard]] ExitCode restore(const CopyCommand& command);

}  // namespace starling

/// @file
/// A check of the server's own that fails ends the program at once; which run that was is said even then.
#pragma once

#include <string>

namespace starling::sim {

/// Prints `words` on stderr if the program is ended by a failed check or a fault of memory from now on.
void set_last_words(const std::string& words);

}  // namespace starling::sim

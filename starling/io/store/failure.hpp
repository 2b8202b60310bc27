/// @file
/// Why a database did not do what it was asked: by kind for the program, in one line for people.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace starling::store {

enum class Fault : std::uint8_t {
  busy,         ///< somebody else held it for longer than `StoreOptions::busy_wait`
  full,         ///< the disk, the quota, or `StoreOptions::bytes_max`
  read_only,    ///< a medium, file or user that may not write
  corrupt,      ///< not a database, or one that was damaged
  unreachable,  ///< a folder that is not there, a server that is away, a connection that was lost
  newer,        ///< written by a later version of this program
  other,
};

/// "full", for health and metrics.
[[nodiscard]] std::string_view name_of(Fault fault) noexcept;

struct Failure {
  Fault fault = Fault::other;
  /// What, where, cure. Never the password of a URL, never what is in a row.
  std::string message;
};

}  // namespace starling::store

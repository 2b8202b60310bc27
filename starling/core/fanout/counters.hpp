/// @file
/// Plain counts of what fan-out does; whoever serves metrics reads them.
#pragma once

#include <cstdint>

namespace starling::fanout {

struct Counters {
  std::uint64_t batches = 0;
  std::uint64_t beats = 0;           ///< at which something was pending
  std::uint64_t updates_encoded = 0; ///< audience frames made
  std::uint64_t updates_sent = 0;    ///< audience frames handed to viewers
  std::uint64_t fragments = 0;       ///< records and events written down for audiences
  std::uint64_t catch_ups = 0;       ///< viewers brought on by a fold of their own
  std::uint64_t cut_differences = 0; ///< viewers brought on from one cut to another, the log being gone
  std::uint64_t snapshots = 0;       ///< begun
  std::uint64_t expired = 0;         ///< of them, because the log no longer reached back or too much had changed
};

}  // namespace starling::fanout

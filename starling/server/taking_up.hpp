/// @file
/// What a store kept of an earlier run, taken up by this one.
///
/// After a clean stop the numbering goes on: same epoch, same seq, and the log's tail, so that viewers resume. After anything else, or where something that was
/// kept cannot be taken up as it was, a new epoch begins with the state that there is.
#pragma once

#include <string>
#include <vector>

#include "starling/core/hub/hub.hpp"
#include "starling/core/log/log.hpp"
#include "starling/core/log/past.hpp"
#include "starling/io/store/store.hpp"

namespace starling {

struct TakenUp {
  log::Past past;
  std::string epoch;                ///< of the earlier run; empty: a new one
  Duration away{0};                 ///< since something was written last
  std::vector<std::string> notes;   ///< for the operator: what was not taken up, and why
};

/// Reads all of it. The hub has had no update yet; it is not told of anything but channels.
[[nodiscard]] Result<TakenUp, store::Failure> read_kept(store::Store& store, hub::Hub& hub, Timestamp now);

/// Writes down the last batches, in the order they are in the log, and ends the run cleanly.
[[nodiscard]] Result<void, store::Failure> keep(store::Store& store, const log::Log& log, Timestamp now);

}  // namespace starling

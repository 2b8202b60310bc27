/// @file
/// What an earlier run left in a store, read for this one, and what this one leaves for the next (core/store/taking_up).
#pragma once

#include "starling/core/hub/hub.hpp"
#include "starling/core/log/log.hpp"
#include "starling/core/store/taking_up.hpp"
#include "starling/io/store/store.hpp"

namespace starling {

/// Reads all of it. The hub has had no update yet; it is not told of anything but channels.
[[nodiscard]] Result<store::TakenUp, store::Failure> read_kept(store::Store& store, hub::Hub& hub, Timestamp now);

/// Writes down the last batches, in the order they are in the log, and ends the run cleanly.
[[nodiscard]] Result<void, store::Failure> keep(store::Store& store, const log::Log& log, Timestamp now);

}  // namespace starling

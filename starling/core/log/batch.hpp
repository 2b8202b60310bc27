/// @file
/// What changed together: the unit of the log, with the next number.
#pragma once

#include <memory>
#include <vector>

#include "starling/core/state/change.hpp"
#include "starling/core/state/event.hpp"

namespace starling::log {

using state::Seq;

/// Closed by the hub, then shared by every reader and never changed.
struct Batch {
  Seq seq = 0;
  Timestamp time;
  std::vector<state::Change> changes;  ///< in the order they happened; an entity may stand in it more than once
  std::vector<state::EventPtr> events;
  std::vector<const state::Channel*> channels;  ///< those that came into being since the batch before
  std::size_t bytes = 0;  ///< what keeping it keeps, about
};
using BatchPtr = std::shared_ptr<const Batch>;

}  // namespace starling::log

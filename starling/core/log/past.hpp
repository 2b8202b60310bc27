/// @file
/// What there was before this start, as a store kept it: hub and shards take it up, and go on as if nothing had happened.
#pragma once

#include <memory>
#include <vector>

#include "starling/core/log/batch.hpp"

namespace starling::log {

/// Of one moment: after the batch `seq`.
struct Past {
  Seq seq = 0;
  /// The state. The hub says in which slot each is, before anybody else reads them.
  std::vector<std::shared_ptr<state::Entity>> entities;
  std::vector<state::EventPtr> events;  ///< the newest of each channel, in (seq, n) order
  /// The last batches, the newest of them `seq`, without a hole; what cursors of this epoch resume from. Their entities are those of `entities`
  /// where they are the newest.
  std::vector<BatchPtr> batches;
};

}  // namespace starling::log

/// @file
/// The hub as a shard sees it: where its sessions' publishes go, and where closed batches come from.
///
/// The hub may live on another thread. So an answer may come later, by way of the shard, and in between the session may be gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/state/entity.hpp"
#include "starling/core/state/refusal.hpp"
#include "starling/core/state/update.hpp"

namespace starling::session {

struct Applied {
  state::Seq seq;  ///< the first batch whose state shows it; it may not be closed yet
  bool changed;    ///< false: it said what was known
};
/// Nothing is stored when it is refused.
using Outcome = Result<Applied, state::Refusal>;

/// Whose publish it is. Goes along with it and comes back with its answer.
struct Ticket {
  std::uint64_t session = 0;       ///< its number on its shard, never used again
  std::optional<std::string> ref;  ///< as the client wrote it
};

struct Later {};  ///< taken; `Shard::answer` will be called, in the order of the offers
struct Full {};   ///< not taken, too many wait; `Shard::offer_again` will be called when there is room
using Offered = std::variant<Outcome, Later, Full>;

class Publisher {
 public:
  virtual ~Publisher() = default;
  /// Moves from `update` and `ticket` unless it is full.
  [[nodiscard]] virtual Offered offer(state::Update& update, Ticket& ticket, Moment now) = 0;
  /// Hands the shard every closed batch it has not taken yet: what is asked or answered next is of now. A seq that any shard has told a client
  /// is known to this one afterwards. On the hub's own thread there is nothing to do.
  virtual void catch_up(Moment) {}
};

}  // namespace starling::session

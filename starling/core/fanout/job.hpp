/// @file
/// Something long that one viewer is in the middle of being sent, a part whenever its socket takes one.
#pragma once

#include <cstddef>

#include "starling/core/fanout/cuts.hpp"

namespace starling::fanout {

struct Subscription;

/// Parts are made when they are sent, from what never changes (a fold, a cut): a job waits at the price of pointers.
class Job {
 public:
  virtual ~Job() = default;
  /// Sends at most one part. True when it was the last: the viewer then holds everything up to `seq`.
  [[nodiscard]] virtual bool send_part(Subscription& to) = 0;
  [[nodiscard]] virtual state::Seq seq() const noexcept = 0;
  /// The state at `seq`, if it was made from that: where the log has gone past it, a viewer goes on from there.
  [[nodiscard]] virtual StateCutPtr cut() const noexcept = 0;
  /// Whether it is a snapshot whose last records are still to be sent.
  [[nodiscard]] virtual bool is_showing() const noexcept { return false; }
};

/// A part is ended when it has grown to this: a socket takes about as much at once.
inline constexpr std::size_t kPartBytes = 64 << 10;

}  // namespace starling::fanout

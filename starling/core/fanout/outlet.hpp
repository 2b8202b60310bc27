/// @file
/// The way out to one reader, as core sees it: a body that goes on while it goes out, on a connection that knows nothing of frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "starling/core/fanout/frame.hpp"

namespace starling::fanout {

/// Implemented outside core by what owns the socket (and by the simulator). Calls come from the shard's thread only, and nothing is called back from
/// within them.
class Outlet {
 public:
  virtual ~Outlet() = default;

  /// Whether what is written now goes out now. False while bytes of earlier turns wait for the socket (or once a turn's worth has been gathered);
  /// the owner then calls `Reading::drained` when it is true again.
  [[nodiscard]] virtual bool is_writable() const noexcept = 0;

  /// The next bytes of the body: `before`, the frame's payload if there is one, `after`. The frame is shared, not copied.
  virtual void write(std::string before, FramePtr frame, std::string after) = 0;

  /// Bytes written that the socket has not taken yet.
  [[nodiscard]] virtual std::size_t waiting_bytes() const noexcept = 0;

  /// The peer's window is shut: not writable, and nothing of ours is in flight unacknowledged.
  [[nodiscard]] virtual bool is_stalled() const noexcept = 0;

  /// Bytes that the peer's machine has taken so far; where nobody can know that, those that our socket has.
  [[nodiscard]] virtual std::uint64_t taken_bytes() const noexcept = 0;

  /// The body is over when what was written has gone. Nothing may be written after it.
  virtual void end() = 0;
  /// Nobody is there any more: what waits is thrown away, and the connection with it.
  virtual void drop() = 0;
};

}  // namespace starling::fanout

/// @file
/// The way out to one viewer, as core sees it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "starling/core/fanout/frame.hpp"

namespace starling::fanout {

/// Implemented outside core by what owns the socket (and by the simulator). Calls come from the shard's thread only.
class Link {
 public:
  virtual ~Link() = default;

  /// Whether a frame sent now goes out now. False while bytes of earlier frames wait for the socket (or once a turn's worth has been
  /// gathered); the owner then calls `Session::drained` when it is true again.
  [[nodiscard]] virtual bool is_writable() const noexcept = 0;

  /// Sends a whole frame, in order. Who sends state asks `is_writable` first; replies are sent regardless, within
  /// `backlog_bytes`.
  virtual void send(FramePtr frame) = 0;
  /// The same, if there is one.
  void send_if(FramePtr frame) {
    if (frame) send(std::move(frame));
  }

  /// Bytes accepted by `send` that the socket has not taken yet.
  [[nodiscard]] virtual std::size_t waiting_bytes() const noexcept = 0;

  /// Messages of the frames accepted by `send` so far.
  [[nodiscard]] virtual std::uint64_t frames_sent() const noexcept = 0;

  /// A WebSocket ping.
  virtual void ping() = 0;

  /// The peer's window is shut: not writable, and nothing of ours is in flight unacknowledged.
  [[nodiscard]] virtual bool is_stalled() const noexcept = 0;

  /// Bytes that the peer's machine has taken so far: while it stalls, whether it still reads. 0 where nobody can know.
  [[nodiscard]] virtual std::uint64_t taken_bytes() const noexcept { return 0; }

  /// The session takes messages again after it did not (`Session::is_ready`), or waits for no answer any more (`Session::is_awaiting`).
  /// Called from within the session: whoever kept something back for it gives it later, not now.
  virtual void ready() {}

  /// Sends a close frame after what is waiting and ends the connection. Nothing may be sent after it.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

}  // namespace starling::fanout

/// @file
/// Is the viewer still there? Any byte from it says yes; silence is broken by pings; a stalled viewer is not a dead one.
#pragma once

#include "starling/core/session/options.hpp"

namespace starling::session {

class Liveness {
 public:
  enum class Verdict : std::uint8_t { alive, heartbeat_due, dead };

  Liveness(const SessionOptions& options, Instant now) noexcept
      : heartbeat_(options.heartbeat), timeout_(options.timeout), stall_(options.stall), heard_(now), heartbeat_at_(now + options.heartbeat) {}

  void heard(Instant now) noexcept { heard_ = now; }

  /// `is_stalled`: its window is shut and nothing of ours is unacknowledged, so it lives but does not read.
  [[nodiscard]] Verdict check(Instant now, bool is_stalled) noexcept {
    const Duration silence = now - heard_;
    if (silence >= (is_stalled ? stall_ : timeout_)) return Verdict::dead;
    if (now < heartbeat_at_) return Verdict::alive;
    heartbeat_at_ = now + heartbeat_;
    return Verdict::heartbeat_due;
  }

 private:
  Duration heartbeat_, timeout_, stall_;
  Instant heard_, heartbeat_at_;
};

}  // namespace starling::session

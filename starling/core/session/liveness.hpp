/// @file
/// Is the viewer still there? Any byte from it says yes; silence is broken by pings; a stalled viewer is not a dead one, until it has read
/// nothing for too long.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "starling/core/session/options.hpp"

namespace starling::session {

class Liveness {
 public:
  enum class Verdict : std::uint8_t { alive, heartbeat_due, dead };

  Liveness(const SessionOptions& options, Instant now) noexcept
      : heartbeat_(options.heartbeat), timeout_(options.timeout), stall_(options.stall), heard_(now), heartbeat_at_(now + options.heartbeat) {}

  void heard(Instant now) noexcept { heard_ = now; }
  /// Its socket took what waited. Only reading ends a stall: a viewer that talks and never reads holds on to memory like one that is gone.
  void drained() noexcept { stalled_since_.reset(); }
  /// How much too late we look, who look every `period`: more than a busy moment is that our process was stopped, or its machine asleep.
  [[nodiscard]] static Duration missed_time(Instant looked_at, Duration period, Instant now) noexcept {
    constexpr int kPeriodsOfABusyMoment = 4;
    const Duration late = now - looked_at - period;
    return late > kPeriodsOfABusyMoment * period ? late : Duration{0};
  }
  /// We have not looked for so much longer than we do. That is nobody's silence: what came meanwhile is about to be read.
  void missed(Duration time, Instant now) noexcept {
    heard_ = std::min(heard_ + time, now);
    if (stalled_since_) stalled_since_ = std::min(*stalled_since_ + time, now);
  }

  /// `stalled_at`, if it stalls: its machine lives (it has acknowledged all that went out, or does so), but what we have to say does not get
  /// through; how many bytes have (Link::taken_bytes).
  [[nodiscard]] Verdict check(Instant now, std::optional<std::uint64_t> stalled_at) noexcept {
    if (stalled_at) {
      if (!stalled_since_ || *stalled_at != stalled_at_) stalled_since_ = now;  // it stalls from now, or it has read a little
      stalled_at_ = *stalled_at;
      if (now - *stalled_since_ >= stall_) return Verdict::dead;
      heard_ = now;  // when it reads again, the silence begins anew
    } else {
      stalled_since_.reset();
      if (now - heard_ >= timeout_) return Verdict::dead;
    }
    if (now < heartbeat_at_) return Verdict::alive;
    heartbeat_at_ = now + heartbeat_;
    return Verdict::heartbeat_due;
  }

 private:
  Duration heartbeat_, timeout_, stall_;
  Instant heard_, heartbeat_at_;
  std::optional<Instant> stalled_since_;  ///< the first check that saw it so, since its socket last drained or it last read a byte
  std::uint64_t stalled_at_ = 0;          ///< then
};

}  // namespace starling::session

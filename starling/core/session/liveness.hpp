/// @file
/// Is the viewer still there? Any byte from it says yes; silence is broken by pings; a stalled viewer is not a dead one, until it has read
/// nothing for too long.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>

#include "starling/core/session/options.hpp"

namespace starling::session {

class Liveness {
 public:
  enum class Verdict : std::uint8_t { alive, heartbeat_due, dead };

  /// The same options are given with every check: all sessions share them.
  Liveness(const SessionOptions& options, Instant now) noexcept : heard_(now), heartbeat_at_(now + options.heartbeat) {}

  void heard(Instant now) noexcept { heard_ = now; }
  /// Its socket took what waited. Only reading ends a stall: a viewer that talks and never reads holds on to memory like one that is gone.
  void drained() noexcept { stall_.reset(); }
  /// How much too late we look, who look every `period`: more than a busy moment is that our process was stopped, or its machine asleep.
  [[nodiscard]] static Duration missed_time(Instant looked_at, Duration period, Instant now) noexcept {
    constexpr int kPeriodsOfABusyMoment = 4;
    const Duration late = now - looked_at - period;
    return late > kPeriodsOfABusyMoment * period ? late : Duration{0};
  }
  /// We have not looked for so much longer than we do. That is nobody's silence: what came meanwhile is about to be read.
  void missed(Duration time, Instant now) noexcept {
    heard_ = std::min(heard_ + time, now);
    if (stall_) stall_->since = std::min(stall_->since + time, now);
  }

  /// `stalled_at`, if it stalls: its machine lives (it has acknowledged all that went out, or does so), but what we have to say does not get
  /// through; how many bytes have (Link::taken_bytes).
  [[nodiscard]] Verdict check(const SessionOptions& options, Instant now, std::optional<std::uint64_t> stalled_at) {
    if (stalled_at) {
      if (!stall_) stall_ = std::make_unique<Stall>(Stall{now, *stalled_at});
      if (stall_->at != *stalled_at) *stall_ = {now, *stalled_at};  // it has read a little
      if (now - stall_->since >= options.stall) return Verdict::dead;
      heard_ = now;  // when it reads again, the silence begins anew
    } else {
      stall_.reset();
      if (now - heard_ >= options.timeout) return Verdict::dead;
    }
    if (now < heartbeat_at_) return Verdict::alive;
    heartbeat_at_ = now + options.heartbeat;
    return Verdict::heartbeat_due;
  }

 private:
  struct Stall {
    Instant since;     ///< the first check that saw it so, since its socket last drained or it last read a byte
    std::uint64_t at;  ///< then
  };

  Instant heard_, heartbeat_at_;
  std::unique_ptr<Stall> stall_;  ///< null while it does not: few do
};

}  // namespace starling::session

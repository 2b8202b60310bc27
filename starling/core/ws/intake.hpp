/// @file
/// How much a peer may say: frames and bytes a second. Who says more is read later, and loses nothing.
///
/// Every frame counts, those of control and empty fragments too: each costs its reader something. So a reader is told how many frames it may
/// begin, and the socket how many bytes are read; neither is ever in debt, and an honest peer never comes near.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

#include "starling/core/base/token_bucket.hpp"

namespace starling::ws {

struct IntakeLimits {
  std::uint64_t messages_per_second = 0;  ///< frames; 0: no limit
  std::uint64_t bytes_per_second = 0;     ///< on the wire; 0: no limit
};

class Intake {
 public:
  /// Two seconds' worth at once: who comes back takes up 64 subscriptions in one go, and 100 frames do not hold anybody up.
  static constexpr std::uint64_t kBurstSeconds = 2;

  Intake(IntakeLimits limits, Instant now) noexcept
      : frame_rate_(rate_of(limits.messages_per_second)), byte_rate_(rate_of(limits.bytes_per_second)), frames_(frame_rate_, now), bytes_(byte_rate_, now) {}

  [[nodiscard]] std::uint64_t frames_available(Instant now) const noexcept { return available(frames_, frame_rate_, now); }
  [[nodiscard]] std::uint64_t bytes_available(Instant now) const noexcept { return available(bytes_, byte_rate_, now); }
  void take_frames(std::uint64_t count, Instant now) noexcept { frames_.take(count, frame_rate_, now); }
  void take_bytes(std::uint64_t count, Instant now) noexcept { bytes_.take(count, byte_rate_, now); }

  /// When to go on, if it is over now; nullopt if it is not. A tenth of a second's worth is waited for, so that who floods us does not wake us for
  /// each frame.
  [[nodiscard]] std::optional<Instant> waits_until(Instant now) const noexcept {
    std::optional<Instant> until;
    if (frames_available(now) == 0) until = frames_.when_available(worth_waiting_for(frame_rate_), frame_rate_);
    if (bytes_available(now) == 0) until = std::max(until.value_or(Instant::min()), bytes_.when_available(worth_waiting_for(byte_rate_), byte_rate_));
    return until;
  }

 private:
  static Rate rate_of(std::uint64_t per_second) noexcept { return {per_second, per_second * kBurstSeconds}; }
  static std::uint64_t available(const TokenBucket& bucket, Rate rate, Instant now) noexcept {
    return rate.per_second == 0 ? std::numeric_limits<std::uint64_t>::max() : bucket.available(rate, now);
  }
  static std::uint64_t worth_waiting_for(Rate rate) noexcept { return std::max<std::uint64_t>(1, rate.per_second / 10); }

  Rate frame_rate_, byte_rate_;
  TokenBucket frames_, bytes_;
};

}  // namespace starling::ws

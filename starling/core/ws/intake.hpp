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

  /// The same limits are given with every call: many connections share them, and there is one of these for each.
  Intake(const IntakeLimits& limits, Instant now) noexcept : frames_(frame_rate(limits), now), bytes_(byte_rate(limits), now) {}

  [[nodiscard]] std::uint64_t frames_available(const IntakeLimits& limits, Instant now) const noexcept { return available(frames_, frame_rate(limits), now); }
  [[nodiscard]] std::uint64_t bytes_available(const IntakeLimits& limits, Instant now) const noexcept { return available(bytes_, byte_rate(limits), now); }
  void take_frames(std::uint64_t count, const IntakeLimits& limits, Instant now) noexcept { frames_.take(count, frame_rate(limits), now); }
  void take_bytes(std::uint64_t count, const IntakeLimits& limits, Instant now) noexcept { bytes_.take(count, byte_rate(limits), now); }

  /// When to go on, if it is over now; nullopt if it is not. A tenth of a second's worth is waited for, so that who floods us does not wake us for
  /// each frame.
  [[nodiscard]] std::optional<Instant> waits_until(const IntakeLimits& limits, Instant now) const noexcept {
    const Rate frames = frame_rate(limits), bytes = byte_rate(limits);
    std::optional<Instant> until;
    if (available(frames_, frames, now) == 0) until = frames_.when_available(worth_waiting_for(frames), frames);
    if (available(bytes_, bytes, now) == 0) until = std::max(until.value_or(Instant::min()), bytes_.when_available(worth_waiting_for(bytes), bytes));
    return until;
  }

 private:
  static Rate frame_rate(const IntakeLimits& limits) noexcept { return {limits.messages_per_second, limits.messages_per_second * kBurstSeconds}; }
  static Rate byte_rate(const IntakeLimits& limits) noexcept { return {limits.bytes_per_second, limits.bytes_per_second * kBurstSeconds}; }
  static std::uint64_t available(const TokenBucket& bucket, Rate rate, Instant now) noexcept {
    return rate.per_second == 0 ? std::numeric_limits<std::uint64_t>::max() : bucket.available(rate, now);
  }
  static std::uint64_t worth_waiting_for(Rate rate) noexcept { return std::max<std::uint64_t>(1, rate.per_second / 10); }

  TokenBucket frames_, bytes_;
};

}  // namespace starling::ws

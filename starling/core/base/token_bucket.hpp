/// @file
/// How often something may be: tokens come back steadily up to a bound, and each time takes one.
///
/// A bucket is what it held when it was last touched, so it costs nothing while nobody asks, and one that is full says no more than one that was
/// never there.
#pragma once

#include <algorithm>
#include <cstdint>

#include "starling/core/base/time.hpp"

namespace starling {

struct Rate {
  std::uint64_t per_second = 0;
  std::uint64_t burst = 0;  ///< at once, after quiet; at least 1
};

class TokenBucket {
 public:
  /// Full. The same rate is given with every call: a bucket that kept it would be twice as large.
  TokenBucket(Rate rate, Instant now) noexcept : tokens_(static_cast<double>(rate.burst)), at_(now) {}

  /// How many may be taken now.
  [[nodiscard]] std::uint64_t available(Rate rate, Instant now) const noexcept { return static_cast<std::uint64_t>(held(rate, now)); }
  /// Takes so many: of more than there are, all.
  void take(std::uint64_t tokens, Rate rate, Instant now) noexcept {
    tokens_ = std::max(0.0, held(rate, now) - static_cast<double>(tokens));
    at_ = std::max(at_, now);
  }
  [[nodiscard]] bool is_full(Rate rate, Instant now) const noexcept { return available(rate, now) >= rate.burst; }
  /// When so many, at most the burst, can be taken; in the past if they can be already.
  [[nodiscard]] Instant when_available(std::uint64_t tokens, Rate rate) const noexcept {
    const double missing = static_cast<double>(tokens) - tokens_;
    return missing <= 0 ? at_ : at_ + Duration{static_cast<Duration::rep>(missing * kMicrosecondsPerSecond / static_cast<double>(rate.per_second)) + 1};
  }

 private:
  static constexpr double kMicrosecondsPerSecond = 1e6;

  [[nodiscard]] double held(Rate rate, Instant now) const noexcept {
    const double elapsed_s = now <= at_ ? 0 : static_cast<double>((now - at_).count()) / kMicrosecondsPerSecond;
    return std::min(static_cast<double>(rate.burst), tokens_ + elapsed_s * static_cast<double>(rate.per_second));
  }

  double tokens_;
  Instant at_;
};

}  // namespace starling

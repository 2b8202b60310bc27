/// @file
/// How long to wait before the next try: exponential with full jitter, so that a thousand clients of a server that
/// restarted do not come back in one moment.
#pragma once

#include <algorithm>

#include "starling/core/base/random.hpp"
#include "starling/core/base/time.hpp"

namespace starling::client {

struct BackoffOptions {
  Duration first = std::chrono::seconds{1};  ///< the longest wait before the first try again; it doubles with each
  Duration max = std::chrono::seconds{30};
};

class Backoff {
 public:
  explicit Backoff(BackoffOptions options) noexcept : options_(options), bound_(std::min(options.first, options.max)) {}

  /// Drawn from 0 up to the bound, which then doubles.
  Duration next(Random& random) noexcept {
    const Duration wait{static_cast<Duration::rep>(random.unit() * static_cast<double>(bound_.count()))};
    bound_ = std::min(bound_ * 2, options_.max);
    return wait;
  }
  /// The server is there.
  void reset() noexcept { bound_ = std::min(options_.first, options_.max); }
  /// No wait is longer.
  [[nodiscard]] Duration bound() const noexcept { return bound_; }

 private:
  BackoffOptions options_;
  Duration bound_;
};

}  // namespace starling::client

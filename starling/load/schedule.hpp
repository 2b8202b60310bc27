/// @file
/// Moments at an even rate. Each is counted from the first, so nothing drifts, and whoever is late finds all that he missed, each with the moment at
/// which it was due: that is what keeps a stall from leaving out the very samples that it would have spoilt (coordinated omission).
#pragma once

#include <cstdint>

#include "starling/core/base/time.hpp"

namespace starling::load {

class Schedule {
 public:
  explicit Schedule(double per_second) noexcept : per_second_(per_second) {}

  /// The first one is due at once.
  void begin(Instant at) noexcept {
    began_at_ = at;
    taken_ = 0;
  }
  [[nodiscard]] Instant due() const noexcept { return began_at_ + Duration{static_cast<Duration::rep>(static_cast<double>(taken_) * 1e6 / per_second_)}; }
  /// The one that is due is done; the next is due later.
  void take() noexcept { ++taken_; }
  [[nodiscard]] std::uint64_t taken() const noexcept { return taken_; }

 private:
  double per_second_;
  Instant began_at_{};
  std::uint64_t taken_ = 0;
};

}  // namespace starling::load

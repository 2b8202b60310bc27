/// @file
/// How often a viewer is sent state: a small ladder of rates, with beats on a fixed grid.
///
/// Beats of one period are the multiples of it, for everybody: so audiences of one pace move together, and a beat needs no
/// memory of the one before.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "starling/core/base/time.hpp"

namespace starling::fanout {

/// Zero means paused: nothing is sent.
using Period = Duration;
inline constexpr Period kPaused{0};

/// The period for a `rate` in frames a second: rounded down to the ladder 5, 2, 1, 0.5, 0.2, 0.1; above it, or absent, the tick; below
/// it 0.1; 0 is paused. `rate` must not be negative.
[[nodiscard]] inline Period period_for(std::optional<double> rate, Period tick) noexcept {
  struct Rung {
    double rate;
    Period period;
  };
  using std::chrono::milliseconds;
  static constexpr std::array<Rung, 6> kLadder{{{5, milliseconds{200}},
                                                {2, milliseconds{500}},
                                                {1, milliseconds{1'000}},
                                                {0.5, milliseconds{2'000}},
                                                {0.2, milliseconds{5'000}},
                                                {0.1, milliseconds{10'000}}}};
  if (!rate) return tick;
  if (*rate <= 0) return kPaused;
  if (*rate >= 1e6 / static_cast<double>(tick.count())) return tick;
  for (const Rung& rung : kLadder) {
    if (*rate >= rung.rate) return rung.period < tick ? tick : rung.period;
  }
  return kLadder.back().period;
}

/// The number of the last beat at or before `now`.
[[nodiscard]] inline std::int64_t beat_number(Instant now, Period period) noexcept {
  return now.time_since_epoch().count() / period.count();
}

}  // namespace starling::fanout

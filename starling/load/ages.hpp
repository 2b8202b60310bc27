/// @file
/// How old what viewers are told is when they read it, of all that was due within a window, whenever it arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "starling/core/base/time.hpp"
#include "starling/load/histogram.hpp"
#include "starling/load/stamps.hpp"

namespace starling::load {

/// As it is written into what is published.
[[nodiscard]] inline std::uint64_t stamp_of(Instant instant) noexcept { return static_cast<std::uint64_t>(instant.time_since_epoch().count()); }

class Ages {
 public:
  /// Forgets all before; counts what is due from then on. Nothing is counted before the first.
  void begin(Instant from) noexcept;
  /// What is due from then on is not counted.
  void end(Instant until) noexcept { until_ = stamp_of(until); }
  /// An update that a viewer reads at this moment. Returns how many stamps it has, counted or not.
  std::size_t read(std::string_view frame, Instant at);

  /// Stamps that were counted, and frames that had one of them.
  [[nodiscard]] std::uint64_t deliveries() const noexcept { return microseconds_.count(); }
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  [[nodiscard]] const Histogram& microseconds() const noexcept { return microseconds_; }

 private:
  std::uint64_t from_ = UINT64_MAX, until_ = UINT64_MAX;
  std::uint64_t frames_ = 0;
  Histogram microseconds_;
  StampReader stamps_;
};

}  // namespace starling::load

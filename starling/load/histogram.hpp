/// @file
/// How often each value was seen, in a fixed amount of memory, for quantiles at the end.
///
/// Log-linear, as HdrHistogram: values below 128 have a bucket each, and from there on every power of two has 128 of them. So a quantile is
/// never below the true one, and above it by less than one part in 128, from a microsecond to the end of 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace starling::load {

class Histogram {
 public:
  /// A quantile is at most so much larger than the true one, as a part of it.
  static constexpr double kRelativeErrorMax = 1.0 / 128;

  Histogram() : counts_(kBuckets) {}

  void record(std::uint64_t value, std::uint64_t times = 1) noexcept;

  /// The smallest value that at least the `share` of all (over 0, at most 1) are not above; 0 if there are none.
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept;
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Exact.
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }

 private:
  static constexpr unsigned kBits = 7;
  static constexpr std::size_t kPerPower = std::size_t{1} << kBits;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) * kPerPower;

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0, max_ = 0;
};

}  // namespace starling::load

#include "starling/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace starling::load {

void Histogram::record(std::uint64_t value, std::uint64_t times) noexcept {
  // The highest eight bits choose the bucket; of them the first is always set.
  const auto width = static_cast<unsigned>(std::bit_width(value));
  const unsigned shift = width > kBits + 1 ? width - kBits - 1 : 0;
  counts_[shift * kPerPower + static_cast<std::size_t>(value >> shift)] += times;
  count_ += times;
  max_ = std::max(max_, value);
}

std::uint64_t Histogram::quantile(double share) const noexcept {
  if (count_ == 0) return 0;
  const auto wanted = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen < wanted) continue;
    if (bucket < 2 * kPerPower) return bucket;
    const std::size_t shift = bucket / kPerPower - 1;
    const std::uint64_t next = static_cast<std::uint64_t>(bucket % kPerPower + kPerPower + 1) << shift;  // 0 behind the last one
    return std::min(next - 1, max_);
  }
  return max_;
}

}  // namespace starling::load

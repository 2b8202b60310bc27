#include "starling/load/ages.hpp"

#include <algorithm>

namespace starling::load {

void Ages::begin(Instant from) noexcept {
  from_ = stamp_of(from);
  until_ = UINT64_MAX;
  frames_ = 0;
  microseconds_ = {};
}

std::size_t Ages::read(std::string_view frame, Instant at) {
  const std::uint64_t now = stamp_of(at), before = deliveries();
  const auto& stamps = stamps_.read(frame);
  for (const std::uint64_t stamp : stamps) {
    if (stamp >= from_ && stamp < until_) microseconds_.record(now - std::min(now, stamp));
  }
  frames_ += deliveries() > before;
  return stamps.size();
}

}  // namespace starling::load

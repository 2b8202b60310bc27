#include "sim/stream.hpp"

#include <algorithm>

namespace starling::sim {

void Stream::write(std::string_view bytes, Instant now) {
  waiting_ += bytes;
  depart(now);
}

std::string Stream::read(Instant now) {
  std::string bytes;
  if (has_arrived(now) && random_.chance(habits_.pieces)) {
    std::string& first = segments_.front().bytes;
    const std::size_t piece = 1 + random_.below(first.size());
    bytes = first.substr(0, piece);
    first.erase(0, piece);
    if (first.empty()) segments_.pop_front();
  } else {
    for (; has_arrived(now); segments_.pop_front()) bytes += segments_.front().bytes;
  }
  segment_bytes_ -= bytes.size();
  read_bytes_ += bytes.size();
  depart(now);
  return bytes;
}

void Stream::become_good(Instant now) {
  habits_ = {};
  for (Segment& segment : segments_) segment.arrives = std::min(segment.arrives, now);
  depart(now);
}

void Stream::depart(Instant now) {
  const std::size_t room = habits_.window_bytes - std::min(habits_.window_bytes, segment_bytes_);
  const std::size_t bytes = std::min(room, waiting_.size());
  if (bytes == 0) return;
  Instant arrives = now + Duration{habits_.delay_max == Duration{} ? 0 : static_cast<Duration::rep>(random_.below(static_cast<std::uint64_t>(habits_.delay_max.count())))};
  if (!segments_.empty()) arrives = std::max(arrives, segments_.back().arrives);
  segments_.push_back({arrives, waiting_.substr(0, bytes)});
  waiting_.erase(0, bytes);
  segment_bytes_ += bytes;
}

}  // namespace starling::sim

#include "sim/stream.hpp"

#include <algorithm>

namespace starling::sim {

StreamHabits random_habits(Dice& random, const Rates& rates) {
  static constexpr std::size_t kWindows[] = {100, 1'000, 4'000};
  static constexpr std::chrono::milliseconds kDelays[] = {std::chrono::milliseconds{20}, std::chrono::milliseconds{200}, std::chrono::milliseconds{2'000}};
  StreamHabits habits;
  if (random.chance(rates.narrow)) habits.window_bytes = kWindows[random.below(3)];
  if (random.chance(rates.delays)) habits.delay_max = kDelays[random.below(3)];
  habits.pieces = rates.pieces;
  return habits;
}

void Stream::write(std::string_view bytes, Instant now) {
  waiting_ += bytes;
  depart(now);
}

std::string Stream::read(Instant now) {
  std::string bytes;
  if (const auto arrived = arrived_at(now)) read_arrived_at_ = arrived;
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

std::uint64_t Stream::arrived_bytes(Instant now) const noexcept {
  std::uint64_t bytes = read_bytes_;
  for (const Segment& segment : segments_) bytes += segment.arrives <= now ? segment.bytes.size() : 0;
  return bytes;
}

std::optional<Instant> Stream::arrived_at(Instant now) const noexcept {
  std::optional<Instant> at = read_arrived_at_;
  for (const Segment& segment : segments_) {
    if (segment.arrives <= now) at = segment.arrives;
  }
  return at;
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

/// @file
/// One direction of a connection: what fits its window leaves at once, arrives later, in order, and is read in whatever pieces.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "sim/dice.hpp"
#include "sim/rates.hpp"
#include "starling/core/base/time.hpp"

namespace starling::sim {

struct StreamHabits {
  std::size_t window_bytes = 1'000'000;  ///< on the way and not read yet
  Duration delay_max{};                  ///< from leaving to arriving
  double pieces = 0;                     ///< how often a read brings a part of what has arrived, and not all of it at once
};

[[nodiscard]] StreamHabits random_habits(Dice& random, const Rates& rates);

class Stream {
 public:
  Stream(StreamHabits habits, Dice& random) noexcept : habits_(habits), random_(random) {}

  /// Takes all of it; what does not fit the window waits here, perhaps from the middle of a message on.
  void write(std::string_view bytes, Instant now);
  /// Some of what has arrived; empty if nothing has.
  [[nodiscard]] std::string read(Instant now);
  [[nodiscard]] bool has_arrived(Instant now) const noexcept { return !segments_.empty() && segments_.front().arrives <= now; }
  [[nodiscard]] bool is_in_flight(Instant now) const noexcept { return !segments_.empty() && segments_.back().arrives > now; }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return waiting_.size(); }
  /// Nothing waits, is on its way, or has not been read.
  [[nodiscard]] bool is_empty() const noexcept { return waiting_.empty() && segments_.empty(); }
  [[nodiscard]] std::uint64_t read_bytes() const noexcept { return read_bytes_; }
  /// That the far end's machine has, read or not; and when the newest of them came, if any did.
  [[nodiscard]] std::uint64_t arrived_bytes(Instant now) const noexcept;
  [[nodiscard]] std::optional<Instant> arrived_at(Instant now) const noexcept;
  /// From now on it is a wide one without delay.
  void become_good(Instant now);

 private:
  struct Segment {
    Instant arrives;
    std::string bytes;
  };
  void depart(Instant now);

  StreamHabits habits_;
  Dice& random_;
  std::string waiting_;
  std::deque<Segment> segments_;
  std::size_t segment_bytes_ = 0;
  std::uint64_t read_bytes_ = 0;
  std::optional<Instant> read_arrived_at_;  // when the newest of those came that have been read
};

}  // namespace starling::sim

/// @file
/// Plays a recording against a clock that somebody else reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/sources/recording/recording.hpp"

namespace starling::sources::recording {

struct PlayerOptions {
  double speed = 1;  ///< times faster than it was, 0.001 to 1,000,000
  bool loop = true;  ///< begin again after `Recording::period()`
};

/// The recording's time 0 is the first `due`'s `now`; `now` must not run backwards.
class Player {
 public:
  explicit Player(Recording recording, PlayerOptions options = {});

  /// What has become due since the last call, in order. After a long absence (a machine that slept) whole rounds are
  /// left out, so never more than two rounds' worth is returned.
  [[nodiscard]] std::vector<state::Update> due(Instant now);

  /// When to call `due` next; nullopt before the first call, and when there is nothing left to play.
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

 private:
  /// When an entry at `at` of this round is due; counted from the start, so that rounding does not add up.
  [[nodiscard]] Instant instant_of(std::chrono::milliseconds at) const noexcept;
  [[nodiscard]] bool is_over() const noexcept { return next_ == recording_.entries().size(); }
  void skip_rounds(Instant now) noexcept;

  Recording recording_;
  PlayerOptions options_;
  std::optional<Instant> started_;
  std::int64_t round_ = 0;
  std::size_t next_ = 0;  ///< entry to be played next; all played: their number
};

}  // namespace starling::sources::recording

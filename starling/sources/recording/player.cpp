#include "starling/sources/recording/player.hpp"

#include <cmath>
#include <utility>

#include "starling/core/base/check.hpp"

namespace starling::sources::recording {

Player::Player(Recording recording, PlayerOptions options) : recording_(std::move(recording)), options_(options) {
  STARLING_CHECK(options.speed >= 0.001 && options.speed <= 1e6, options.speed);
}

std::vector<state::Update> Player::due(Instant now) {
  if (!started_) started_ = now;
  std::vector<state::Update> updates;
  if (recording_.entries().empty()) return updates;
  skip_rounds(now);
  while (!is_over() && instant_of(recording_.entries()[next_].at) <= now) {
    updates.push_back(recording_.entries()[next_].update);
    updates.back().time.reset();  // as of now
    ++next_;
    if (is_over() && options_.loop) {
      ++round_;
      next_ = 0;
    }
  }
  return updates;
}

std::optional<Instant> Player::next_due() const noexcept {
  if (!started_ || is_over()) return std::nullopt;
  return instant_of(recording_.entries()[next_].at);
}

Instant Player::instant_of(std::chrono::milliseconds at) const noexcept {
  const std::chrono::milliseconds played = recording_.period() * round_ + at;
  const std::chrono::duration<double, Duration::period> since{
      std::chrono::duration<double, Duration::period>{played} / options_.speed};
  // Rounded up: never before its time.
  return *started_ + Duration{static_cast<Duration::rep>(std::ceil(since.count()))};
}

void Player::skip_rounds(Instant now) noexcept {
  if (!options_.loop) return;
  const std::chrono::duration<double, std::milli> played =
      std::chrono::duration<double, std::milli>{now - *started_} * options_.speed;
  const auto rounds = static_cast<std::int64_t>(played.count() / static_cast<double>(recording_.period().count()));
  if (rounds <= round_ + 1) return;
  round_ = rounds;
  next_ = 0;
}

}  // namespace starling::sources::recording

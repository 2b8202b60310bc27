/// @file
/// What a client at a door holds, judged after every message by what there was: the wire of a door (docs/DOORS.md) has no seq, so what is told must be of some seq, and
/// never of one before that of the last.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "sim/broken.hpp"
#include "sim/dice.hpp"
#include "sim/truth.hpp"

namespace starling::sim {

/// What decides whether events may be missed.
struct DoorKnowledge {
  bool may_lose = false;      ///< the log or what may be missed of it is so little that a slow client loses events
  std::int64_t wall_ms = 0;
};

class DoorModel {
 public:
  virtual ~DoorModel() = default;

  /// A new connection, that begins with the truth as it is now.
  virtual void connect() = 0;
  /// Something that a client may say; it counts as said.
  [[nodiscard]] virtual std::string say(Dice& random) = 0;
  /// A message has come. Throws `Broken` unless it may.
  virtual void take(std::string_view message, const DoorKnowledge& server) = 0;
  /// Throws unless what it holds is the truth's head as its door shows it: all that was on its way has come.
  virtual void check_current() const = 0;
  [[nodiscard]] std::uint64_t judged() const noexcept { return judged_; }

 protected:
  std::uint64_t judged_ = 0;
};

/// Which events have come, of those that were due. They come in order, each once, and none is left out that need not be.
class DueEvents {
 public:
  /// Those after the truth's head are due; of those before it some may be that were on their way.
  void begin(std::uint64_t head) {
    after_ = {head, 0};
    is_sure_ = false;
  }
  /// Somebody asked for something else: what was on its way may be left out.
  void ask() noexcept { is_sure_ = false; }
  /// The next event for which `is_it` holds, of those that `view` shows. Throws if there is none, or others are left out without need.
  template <class IsIt>
  const SaidEvent& next(const Truth& truth, const PlainView& view, bool may_lose, IsIt&& is_it);
  /// Throws if any is left.
  void check_current(const Truth& truth, const PlainView& view, bool may_lose) const;

 private:
  [[nodiscard]] static std::pair<std::uint64_t, std::uint64_t> place_of(const SaidEvent& event) noexcept { return {event.seq, event.n + 1}; }
  std::pair<std::uint64_t, std::uint64_t> after_{};  ///< seq, and how many of it
  bool is_sure_ = false;                             ///< one has come since it last asked
};

template <class IsIt>
const SaidEvent& DueEvents::next(const Truth& truth, const PlainView& view, bool may_lose, IsIt&& is_it) {
  bool is_one_left_out = false;
  for (const SaidEvent* event : truth.events(view, after_.first == 0 ? 0 : after_.first - 1, truth.head())) {
    if (place_of(*event) <= after_) continue;
    if (is_it(*event)) {
      if (is_one_left_out && is_sure_ && !may_lose) throw Broken{"an event came, and one before it never did"};
      after_ = place_of(*event);
      is_sure_ = true;
      return *event;
    }
    is_one_left_out = true;
  }
  throw Broken{"an event came that is none of those due"};
}

inline void DueEvents::check_current(const Truth& truth, const PlainView& view, bool may_lose) const {
  if (!is_sure_ || may_lose) return;
  for (const SaidEvent* event : truth.events(view, after_.first == 0 ? 0 : after_.first - 1, truth.head())) {
    if (place_of(*event) > after_) throw Broken{"the last events never came"};
  }
}

}  // namespace starling::sim

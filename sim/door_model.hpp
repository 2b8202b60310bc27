/// @file
/// What a client at a door holds, judged after every message by what there was: the wire of a door (docs/DOORS.md) has no seq, so what is told must be of some seq, and
/// never of one before that of the last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "sim/broken.hpp"
#include "sim/dice.hpp"
#include "sim/truth.hpp"

namespace starling::sim {

/// What decides whether events may be missed.
struct DoorKnowledge {
  bool may_lose = false;      ///< the log, what may be missed of it, or its patience is so little that a slow client loses events
  std::int64_t wall_ms = 0;
};

class DoorModel {
 public:
  virtual ~DoorModel() = default;

  /// A new connection, that begins with the truth as it is now.
  virtual void connect() = 0;
  /// Something that a client may say; it counts as said, as the message with this number on its line, from 1.
  [[nodiscard]] virtual std::string say(Dice& random, std::uint64_t number) = 0;
  /// Its server has heard so many messages, at the truth's head.
  virtual void heard(std::uint64_t messages) = 0;
  /// A message has come. Throws `Broken` unless it may.
  virtual void take(std::string_view message, const DoorKnowledge& server) = 0;
  /// Throws unless what it holds is the truth's head as its door shows it: all that was on its way has come.
  virtual void check_current() const = 0;
  [[nodiscard]] std::uint64_t judged() const noexcept { return judged_; }

 protected:
  std::uint64_t judged_ = 0;
};

/// Which events have come, of those that were due. They come in order, each once, and none is left out that was due by what its server had heard when it was said.
class DueEvents {
 public:
  /// Those after the truth's head are due; some before it may come, too.
  void begin(std::uint64_t head, std::uint64_t from) {
    after_ = {from, 0};
    due_after_ = head;
    asked_ = 0;
  }
  /// The message with this number (from 1, on its line) asked for something else.
  void ask(std::uint64_t number) noexcept {
    asked_ = number;
    due_after_.reset();
  }
  /// The server has heard so many messages, at this head.
  void heard(std::uint64_t messages, std::uint64_t head) noexcept {
    if (!due_after_ && messages >= asked_) due_after_ = head;
  }
  /// Whether what was said in this seq is told by what was asked for last.
  [[nodiscard]] bool is_due(std::uint64_t seq) const noexcept { return due_after_ && seq > *due_after_; }

  /// The next event for which `is_it` holds, of those that `view` shows. Throws if there is none, or one that was due is left out.
  template <class IsIt>
  const SaidEvent& next(const Truth& truth, const PlainView& view, bool may_lose, IsIt&& is_it);
  /// Throws if one that was due has not come.
  void check_current(const Truth& truth, const PlainView& view, bool may_lose) const;

 private:
  [[nodiscard]] static std::pair<std::uint64_t, std::uint64_t> place_of(const SaidEvent& event) noexcept { return {event.seq, event.n + 1}; }
  std::pair<std::uint64_t, std::uint64_t> after_{};  ///< seq, and how many of it
  std::optional<std::uint64_t> due_after_;           ///< absent: its server has not heard yet what it asked for last
  std::uint64_t asked_ = 0;
};

template <class IsIt>
const SaidEvent& DueEvents::next(const Truth& truth, const PlainView& view, bool may_lose, IsIt&& is_it) {
  for (const SaidEvent* event : truth.events(view, after_.first == 0 ? 0 : after_.first - 1, truth.head())) {
    if (place_of(*event) <= after_) continue;
    if (is_it(*event)) {
      after_ = place_of(*event);
      return *event;
    }
    if (is_due(event->seq) && !may_lose) throw Broken{"an event came, and one before it never did"};
  }
  throw Broken{"an event came that is none of those due"};
}

inline void DueEvents::check_current(const Truth& truth, const PlainView& view, bool may_lose) const {
  if (may_lose) return;
  for (const SaidEvent* event : truth.events(view, after_.first == 0 ? 0 : after_.first - 1, truth.head())) {
    if (place_of(*event) > after_ && is_due(event->seq)) throw Broken{"the last events never came"};
  }
}

}  // namespace starling::sim

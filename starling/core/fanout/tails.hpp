/// @file
/// The newest events of each channel, for those who begin to look: `recent`.
///
/// As many as the channel's `keep`, at most `kTailBytesMax` of them: beyond that the oldest go.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "starling/core/state/event.hpp"
#include "starling/core/view/view.hpp"

namespace starling::fanout {

inline constexpr std::size_t kTailBytesMax = 1 << 20;

class Tails {
 public:
  void add(const state::EventPtr& event);
  /// Of each channel the newest `count` that the view shows and that were said up to `upto`; in (seq, n) order.
  [[nodiscard]] std::vector<state::EventPtr> newest(const view::View& view, std::size_t count, state::Seq upto) const;
  /// Calls `visit(const state::EventPtr&)` for each that is kept, by channel, oldest first.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Tail& tail : tails_) {
      for (const state::EventPtr& event : tail.events) visit(event);
    }
  }

 private:
  struct Tail {
    std::deque<state::EventPtr> events;
    std::size_t bytes = 0;
  };
  std::vector<Tail> tails_;  // by channel index
};

}  // namespace starling::fanout

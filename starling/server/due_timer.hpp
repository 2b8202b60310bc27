/// @file
/// Ends a loop's wait when something is due; what that is, is found out after the turn.
#pragma once

#include <optional>

#include "starling/io/net/event_loop.hpp"

namespace starling {

class DueTimer {
 public:
  explicit DueTimer(net::EventLoop& loop) : timer_(loop, [] {}) {}

  void set(std::optional<Instant> due, Instant now) {
    if (due == due_ && (!due || *due > now)) return;
    due_ = due;
    if (due) {
      timer_.set(*due);
    } else {
      timer_.clear();
    }
  }

 private:
  net::Timer timer_;
  std::optional<Instant> due_;
};

/// Of two times that may not come, the first that does.
[[nodiscard]] inline std::optional<Instant> earliest(std::optional<Instant> a, std::optional<Instant> b) noexcept {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

}  // namespace starling

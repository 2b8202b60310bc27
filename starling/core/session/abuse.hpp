/// @file
/// When bad messages are abuse: a sliding window over the times they came.
#pragma once

#include <algorithm>
#include <vector>

#include "starling/core/protocol/error.hpp"
#include "starling/core/session/options.hpp"

namespace starling::session {

class Abuse {
 public:
  explicit Abuse(const SessionOptions& options) noexcept : messages_max_(options.bad_messages_max), window_(options.bad_messages_window) {}

  /// A message was refused so. Whether that is one bad message too many: over `bad_messages_max` came within less than `bad_messages_window`.
  /// Bad is what cannot be read (`bad_message`, `unknown_type`); what is read and may not be is no abuse, however often.
  [[nodiscard]] bool is_reached(protocol::ErrorCode code, Instant now) {
    if (code != protocol::ErrorCode::bad_message && code != protocol::ErrorCode::unknown_type) return false;
    auto first_that_counts = std::ranges::find_if(came_, [&](Instant at) { return now - at < window_; });
    first_that_counts = std::max(first_that_counts, came_.end() - static_cast<std::ptrdiff_t>(std::min(messages_max_, came_.size())));
    came_.erase(came_.begin(), first_that_counts);
    came_.push_back(now);
    return came_.size() > messages_max_;
  }
  /// At most `bad_messages_max` + 1: older ones decide nothing.
  [[nodiscard]] std::size_t remembered() const noexcept { return came_.size(); }

 private:
  std::size_t messages_max_;
  Duration window_;
  std::vector<Instant> came_;  // of most nothing
};

}  // namespace starling::session

/// @file
/// When bad messages are abuse: a sliding window over the times they came.
#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "starling/core/protocol/error.hpp"
#include "starling/core/session/options.hpp"

namespace starling::session {

class Abuse {
 public:
  /// A message was refused so. Whether that is one bad message too many: over `bad_messages_max` came within less than `bad_messages_window`.
  /// The options are the same with every call: all sessions share them. Bad is what cannot be read (`bad_message`, `unknown_type`); what is read and may not be is no abuse, however often.
  [[nodiscard]] bool is_reached(protocol::ErrorCode code, const SessionOptions& options, Instant now) {
    if (code != protocol::ErrorCode::bad_message && code != protocol::ErrorCode::unknown_type) return false;
    if (!came_) came_ = std::make_unique<std::vector<Instant>>();
    auto first_that_counts = std::ranges::find_if(*came_, [&](Instant at) { return now - at < options.bad_messages_window; });
    first_that_counts = std::max(first_that_counts, came_->end() - static_cast<std::ptrdiff_t>(std::min(options.bad_messages_max, came_->size())));
    came_->erase(came_->begin(), first_that_counts);
    came_->push_back(now);
    return came_->size() > options.bad_messages_max;
  }
  /// At most `bad_messages_max` + 1: older ones decide nothing.
  [[nodiscard]] std::size_t remembered() const noexcept { return came_ ? came_->size() : 0; }

 private:
  std::unique_ptr<std::vector<Instant>> came_;  // null where nothing bad came, as from most
};

}  // namespace starling::session

/// @file
/// When `progress` is due, and what it tells: how far subscriptions are for which there was nothing to tell.
///
/// It comes with the heartbeat, and sooner before the log could forget where a viewer believes itself to be.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "starling/core/fanout/fanout.hpp"
#include "starling/core/session/subscriptions.hpp"

namespace starling::session {

class Progress {
 public:
  /// Ids in order, with the seq that each holds everything up to.
  using Positions = std::vector<std::pair<std::uint32_t, state::Seq>>;

  /// A ping was sent: browsers do not see those, so something that they do see is due as well.
  void heartbeat() noexcept { is_heartbeat_due_ = true; }

  /// What is to be sent now, as one frame, and counts as told; nullopt: nothing is. To be asked about every second.
  [[nodiscard]] std::optional<Positions> take(const Subscriptions& subscriptions, const fanout::Fanout& fanout, const fanout::Link& link);

 private:
  std::uint64_t frames_at_heartbeat_ = 0;  ///< sent up to the last heartbeat, its progress included
  bool is_heartbeat_due_ = false;          ///< the progress of it has not been told yet
};

}  // namespace starling::session

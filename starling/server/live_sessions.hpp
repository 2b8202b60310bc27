/// @file
/// Viewers' sessions as what goes on over WebSocket connections (`GET /live`).
#pragma once

#include <cstdint>

#include "starling/core/base/random.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/io/net/conversation.hpp"

namespace starling {

class LiveSessions {
 public:
  /// `seed` is where the sessions' names come from.
  LiveSessions(session::Shard& shard, std::uint64_t seed) noexcept : shard_(shard), names_(seed) {}

  /// Begins one; it ends with the conversation. `messages_per_second`: what its connection lets it say; 0: no limit.
  [[nodiscard]] std::unique_ptr<net::Conversation> open(fanout::Link& link, std::uint32_t messages_per_second, Moment now);

 private:
  session::Shard& shard_;
  Random names_;
};

}  // namespace starling

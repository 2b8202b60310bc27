/// @file
/// Clients' sessions at the shard's doors as what goes on over WebSocket connections.
#pragma once

#include <cstddef>

#include "starling/core/session/shard.hpp"
#include "starling/io/net/conversation.hpp"

namespace starling {

/// Begins one at this door (`session::Doors`); it ends with the conversation.
[[nodiscard]] std::unique_ptr<net::Conversation> open_door_session(session::Shard& shard, std::size_t door, fanout::Link& link, Moment now);

}  // namespace starling

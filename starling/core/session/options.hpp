/// @file
/// What the operator decides about sessions; the defaults are those of the configuration.
#pragma once

#include <cstddef>
#include <string>

#include "starling/core/base/time.hpp"
#include "starling/core/fanout/fanout.hpp"
#include "starling/core/protocol/door.hpp"

namespace starling::session {

struct SessionOptions {
  Duration heartbeat = std::chrono::seconds{30};  ///< a WebSocket ping, and progress, this often
  Duration timeout = std::chrono::seconds{60};    ///< nothing heard for so long: dead, closed with 4001
  Duration stall = std::chrono::minutes{10};      ///< a viewer that reads nothing is kept this long
  std::size_t message_bytes = 256 << 10;          ///< of a client's message; told in `welcome`, kept by the connection
  std::size_t subscriptions_max = 64;
  std::size_t backlog_bytes = 1 << 20;  ///< replies waiting for one connection; over it: `error backlog`, 1013
  std::size_t publishes_max = 256;      ///< of one connection, not answered yet; then it is not read from. At least 1
  std::size_t bad_messages_max = 20;    ///< within `bad_messages_window`; one more: 4429
  Duration bad_messages_window = std::chrono::seconds{10};
  std::string server = "starling";      ///< named in `welcome`
};

/// Of what was: each replay is a fleet of its own.
struct ReplayOptions {
  std::size_t replays_max = 8;             ///< of a shard, at once; who comes then is told to come again
  std::size_t state_bytes_max = 64 << 20;  ///< of keys and records, of the moment one begins with; more is refused
  std::size_t log_bytes = 4 << 20;         ///< how far a viewer of one can be behind without a snapshot
};

struct ShardOptions {
  fanout::FanoutOptions fanout;
  SessionOptions session;
  ReplayOptions replay = {};
  std::string epoch;  ///< names this life of the numbering
  std::vector<protocol::DoorOptions> doors = {};
};

}  // namespace starling::session

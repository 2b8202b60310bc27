/// @file
/// What a user runs through the simulator: channels and bounds of a server's configuration, and queries that viewers ask.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/query.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/core/session/options.hpp"

namespace starling::sim {

/// What a configuration decides of what viewers are told.
struct OwnServer {
  hub::HubOptions hub;
  std::vector<state::ChannelDeclaration> channels;
  std::vector<std::string> other_channels;  ///< that its sources report, undeclared
  session::ShardOptions shard;              ///< its tick, and the bounds of frames, log, backlog, messages and subscriptions
};

struct Scenario {
  std::string config_file;               ///< empty: what is declared is as seeds draw it
  std::vector<std::string> query_texts;  ///< those JSON texts, compact
  std::optional<OwnServer> server;       ///< of the configuration
  std::vector<Wish> queries;             ///< of the texts; none: they are random
};

}  // namespace starling::sim

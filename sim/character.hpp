/// @file
/// What a seed's world is like: its channels, what is reported and asked for in it, and how small the server's bounds are.
///
/// All of it is drawn from the dice before anything happens, in the order of these functions; every story of a seed depends on that order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/dice.hpp"
#include "sim/fleet.hpp"
#include "sim/query.hpp"
#include "sim/scenario.hpp"
#include "sim/server.hpp"
#include "sim/truth.hpp"
#include "starling/core/hub/hub.hpp"

namespace starling::sim {

/// What several parts have to agree on.
struct Character {
  Character(Dice& random, std::optional<std::uint64_t> keys, const Rates& rates);

  Tastes tastes;
  std::optional<Duration> offline_after, position_ttl, telemetry_ttl;
  std::uint32_t keep;
  std::chrono::milliseconds step_max;
};

// `server`: what a user's configuration decides instead; null: there is none.
[[nodiscard]] hub::HubOptions hub_options(const Character& character, Dice& random, const OwnServer* server);
[[nodiscard]] std::vector<state::ChannelDeclaration> declarations(const Character& character, Dice& random, const OwnServer* server);
[[nodiscard]] ServerOptions server_options(const Rates& rates, Dice& random, std::optional<std::size_t> shards, Choices* choices, const OwnServer* server);
/// The same for the truth; draws nothing.
[[nodiscard]] TruthOptions truth_options(const hub::HubOptions& hub, const std::vector<state::ChannelDeclaration>& declarations);

}  // namespace starling::sim

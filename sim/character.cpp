#include "sim/character.hpp"

#include <algorithm>

#include "sim/mesh.hpp"

namespace starling::sim {

using std::chrono::milliseconds;

Character::Character(Dice& random, std::optional<std::uint64_t> keys, const Rates& rates) {
  tastes.rates = rates;
  tastes.keys = random.chance(0.2) ? 100 : 12;
  tastes.keys = keys.value_or(tastes.keys);
  if (random.chance(rates.silences)) offline_after = milliseconds{random.chance(0.5) ? 300 : 3'000};
  tastes.presence = offline_after ? 0.4 : 0;
  if (random.chance(rates.expiring)) position_ttl = milliseconds{random.chance(0.5) ? 400 : 5'000};
  if (random.chance(rates.expiring)) telemetry_ttl = milliseconds{random.chance(0.5) ? 400 : 2'000};
  keep = random.chance(0.5) ? 50 : static_cast<std::uint32_t>(1 + random.below(5));
  step_max = random.chance(0.15) ? milliseconds{400} : milliseconds{40};
}

std::vector<state::ChannelDeclaration> declarations(const Character& character, Dice& random, const OwnServer* server) {
  state::ChannelDeclaration message;
  message.name = mesh::kMessage;
  message.kind = state::ChannelKind::event;
  message.event_pace = milliseconds{random.chance(character.tastes.rates.event_paces) ? 10 : 0};
  message.keep = character.keep;
  state::ChannelDeclaration telemetry;
  telemetry.name = mesh::kTelemetry;
  telemetry.priority = random.chance(character.tastes.rates.critical) ? state::Priority::critical : state::Priority::normal;
  telemetry.ttl = character.telemetry_ttl;
  state::ChannelDeclaration position;
  position.name = mesh::kPosition;
  position.location.emplace("latitude", "longitude");
  position.ttl = character.position_ttl;
  std::vector<state::ChannelDeclaration> all{message, telemetry};
  if (position.ttl || random.chance(0.5)) all.push_back(position);
  return server ? server->channels : all;
}

TruthOptions truth_options(const hub::HubOptions& hub, const std::vector<state::ChannelDeclaration>& declarations) {
  TruthOptions options;
  for (const state::ChannelDeclaration& declaration : declarations) {
    PlainChannel& channel = options.channels[declaration.name];
    channel.is_event = declaration.kind == state::ChannelKind::event;
    channel.is_hidden = declaration.hidden;
    channel.located_by = declaration.location;
    if (declaration.ttl) channel.ttl_us = declaration.ttl->count();
    channel.keep = declaration.keep;
  }
  for (const state::SpaceDeclaration& space : hub.spaces) {
    if (space.offline_after) options.offline_after_us[space.name] = space.offline_after->count();
  }
  return options;
}

hub::HubOptions hub_options(const Character& character, Dice& random, const OwnServer* server) {
  hub::HubOptions options = server ? server->hub : hub::HubOptions{};
  if (!server && character.offline_after) options.spaces.push_back({.name = mesh::kSpace, .offline_after = character.offline_after});
  if (random.chance(0.3)) options.dues_per_call_max = 1 + random.below(3);
  return options;
}

ServerOptions server_options(const Rates& rates, Dice& random, std::optional<std::size_t> shards, Choices* choices, const OwnServer* server) {
  static constexpr milliseconds kIdleJobMax[] = {milliseconds{50}, milliseconds{1'000}, milliseconds{30'000}};
  const auto one_of = [&](std::size_t tiny, std::size_t generous) { return random.chance(rates.tiny) ? tiny : generous; };
  ServerOptions options;
  options.choices = choices;
  if (random.chance(rates.shards)) {
    options.shards = 1 + random.below(3);
    options.delay_max = milliseconds{1 + random.below(60)};
    options.publishes_max = 1 + random.below(3);
  }
  options.shards = shards.value_or(options.shards);
  fanout::FanoutOptions& fanout = options.shard.fanout;
  fanout.log_bytes = one_of(random.chance(0.5) ? 2'000 : 20'000, 1'000'000);
  fanout.fold_changes_max = one_of(3, 16'384);
  fanout.part_bytes = one_of(200, 64 << 10);
  fanout.frame_bytes = one_of(300, 256 << 10);
  fanout.missed_event_bytes_max = one_of(500, 1 << 20);
  fanout.cuts_max = 2 + random.below(3);
  fanout.listed_max = one_of(random.chance(0.5) ? 0 : 3, 1'024);
  fanout.idle_job_max = kIdleJobMax[random.below(3)];
  session::SessionOptions& session = options.shard.session;
  const bool is_impatient = random.chance(0.5);
  session.heartbeat = milliseconds{is_impatient ? 700 : 30'000};
  session.timeout = milliseconds{is_impatient ? 3'000 : 60'000};
  session.stall = milliseconds{random.chance(0.3) ? 4'000 : 600'000};
  session.bad_messages_max = 1'000'000;
  if (rates.mistakes > 0 && rates.abuse > 0 && random.chance(rates.abuse)) session.bad_messages_max = 1 + random.below(4);
  session.backlog_bytes = one_of(500, 1 << 20);
  session.publishes_max = 1 + random.below(3);
  session.subscriptions_max = 2;  // what a viewer has at most, so that some ask for one too many
  if (!server) return options;
  fanout.tick = server->shard.fanout.tick;
  fanout.log_bytes = server->shard.fanout.log_bytes;
  fanout.frame_bytes = server->shard.fanout.frame_bytes;
  fanout.part_bytes = std::min(fanout.part_bytes, server->shard.fanout.part_bytes);
  session.backlog_bytes = server->shard.session.backlog_bytes;
  session.message_bytes = server->shard.session.message_bytes;
  session.subscriptions_max = server->shard.session.subscriptions_max;
  return options;
}

}  // namespace starling::sim

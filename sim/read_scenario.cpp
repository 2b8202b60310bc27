#include "sim/read_scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "sim/mesh.hpp"
#include "sim/read_query.hpp"
#include "sim/vocabulary.hpp"
#include "starling/core/base/json.hpp"
#include "starling/server/config/config.hpp"

namespace starling::sim {
namespace {

using Faults = std::vector<std::string>;

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = std::getenv(std::string{name}.c_str());
  return value ? std::optional<std::string>{value} : std::nullopt;
}

bool is_declared(const std::vector<state::ChannelDeclaration>& channels, std::string_view name) {
  return std::ranges::find(channels, name, &state::ChannelDeclaration::name) != channels.end();
}

/// What a Meshtastic source and the channels in mappings bring with them, as the server wires them.
void add_sources(OwnServer& server, const config::Config& config) {
  const auto is_mesh = [](const config::SourceConfig& source) { return source.decode == config::SourceDecode::meshtastic; };
  if (std::ranges::any_of(config.sources, is_mesh)) {
    if (std::ranges::find(server.hub.spaces, config::kMeshSpace, &state::SpaceDeclaration::name) == server.hub.spaces.end()) {
      server.hub.spaces.push_back({std::string{config::kMeshSpace}, config::kMeshOfflineAfter});
    }
    if (!is_declared(server.channels, mesh::kMessage)) {
      state::ChannelDeclaration& messages = server.channels.emplace_back();
      messages.name = mesh::kMessage;
      messages.kind = state::ChannelKind::event;
    }
    for (const char* name : {mesh::kPosition, mesh::kTelemetry}) server.other_channels.emplace_back(name);
  }
  for (const config::SourceConfig& source : config.sources) {
    // A channel that depends on the topic is known when something is said.
    if (source.mapping && state::is_channel_name(source.mapping->channel)) server.other_channels.push_back(source.mapping->channel);
  }
}

OwnServer own_server(const config::Config& config) {
  const config::LimitsConfig& limits = config.limits;
  OwnServer server;
  server.hub.channels = {.channels_max = limits.channels, .declared_only = config.declared_only};
  server.hub.spaces = config.spaces;
  server.hub.record_bytes_max = limits.record_bytes;
  server.hub.fields_per_record_max = limits.fields_per_record;
  server.hub.keys_per_space_max = limits.keys_per_space;
  server.hub.state_bytes_max = limits.state_bytes;
  server.channels = config.channels;
  server.shard.fanout.tick = config.server.tick;
  server.shard.fanout.log_bytes = limits.log_bytes;
  server.shard.fanout.frame_bytes = limits.frame_bytes;
  const std::size_t room_bytes = limits.frame_bytes - limits.record_bytes - config::kFrameEnvelopeBytes;
  server.shard.fanout.part_bytes = std::clamp<std::size_t>(room_bytes, 1, fanout::kPartBytes);
  server.shard.session.message_bytes = limits.message_bytes;
  server.shard.session.subscriptions_max = limits.subscriptions;
  server.shard.session.backlog_bytes = limits.backlog_bytes;
  add_sources(server, config);
  return server;
}

Result<OwnServer, Faults> read_server(const std::string& file) {
  std::ifstream stream{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream.is_open() || stream.bad()) return Unexpected{Faults{fmt::format("cannot read {}: give --config a file that exists and may be read", file)}};
  const auto config = config::read_config(text, file, environment_variable);
  if (config) return own_server(*config);
  Faults faults;
  for (const config::ConfigError& error : config.error()) faults.push_back(error.text());
  return Unexpected{std::move(faults)};
}

/// Of a query in a message, which is a line.
std::string shortened(std::string text) {
  constexpr std::size_t kShownMax = 80;
  std::ranges::replace(text, '\n', ' ');
  return text.size() <= kShownMax ? text : text.substr(0, kShownMax) + "…";
}

/// As bytes of JSON, at most.
std::size_t record_bytes(const Topic& topic) {
  std::size_t bytes = 128;  // coordinates, a number
  for (const auto& [field, values] : topic.fields) {
    bytes += json::quoted(field).size() + 2 + std::ranges::max_element(values, {}, &std::string::size)->size();
  }
  return bytes;
}

/// What the simulator would not judge, or what would never happen in it.
Faults faults_of(const Scenario& scenario, std::uint64_t keys) {
  const hub::HubOptions hub = scenario.server ? scenario.server->hub : hub::HubOptions{};
  std::vector<state::ChannelDeclaration> declared(2);
  declared[0].name = mesh::kTelemetry;
  declared[1].name = mesh::kMessage;
  const Vocabulary vocabulary = vocabulary_of(scenario, hub, scenario.server ? scenario.server->channels : declared, keys);
  Faults faults;
  if (vocabulary.topics.empty()) faults.push_back(fmt::format("{}: no channel to report; declare one with [[channel]], or name one in --query", scenario.config_file));
  for (std::size_t i = 0; i < scenario.queries.size(); ++i) {
    const PlainQuery& query = scenario.queries[i].plain;
    const bool is_presence = std::ranges::any_of(vocabulary.presence, [&query](const std::string& name) { return query.channels.contains(name); });
    if (vocabulary.shown(query).empty() && !is_presence) {
      faults.push_back(fmt::format("--query {}: no channel is reported that it shows; declare one in --config, or name one", shortened(scenario.query_texts[i])));
    }
    if (scenario.server && scenario.query_texts[i].size() + 256 > scenario.server->shard.session.message_bytes) {
      faults.push_back(fmt::format("--query {}: is longer than a message may be, limits.message_bytes {}", shortened(scenario.query_texts[i]), scenario.server->shard.session.message_bytes));
    }
  }
  // Reports that are refused are not judged: there must be none.
  const auto too_small = [&](std::string_view limit, std::size_t has, std::size_t needs) {
    if (has < needs) faults.push_back(fmt::format("{}: limits.{} is {}, and what the simulator reports needs {}; refused reports are not simulated", scenario.config_file, limit, has, needs));
  };
  std::size_t largest = 0, fields = 0;
  for (const Topic& topic : vocabulary.topics) {
    largest = std::max(largest, record_bytes(topic));
    fields = std::max(fields, topic.fields.size() + 3);
  }
  too_small("channels", hub.channels.channels_max, vocabulary.topics.size() + vocabulary.presence.size());
  too_small("fields_per_record", hub.fields_per_record_max, fields);
  too_small("record_bytes", hub.record_bytes_max, largest);
  too_small("state_bytes", hub.state_bytes_max, vocabulary.keys.size() * vocabulary.topics.size() * (largest + 1'024));
  if (scenario.server) too_small("message_bytes", scenario.server->shard.session.message_bytes, largest + 512);
  return faults;
}

}  // namespace

Result<Scenario, std::vector<std::string>> read_scenario(const std::string& config_file, const std::vector<std::string>& query_texts, std::uint64_t keys) {
  Scenario scenario{.config_file = config_file, .query_texts = {}, .server = {}, .queries = {}};
  Faults faults;
  if (!config_file.empty()) {
    auto server = read_server(config_file);
    if (server) {
      scenario.server = std::move(*server);
    } else {
      faults = std::move(server).error();
    }
  }
  for (const std::string& text : query_texts) {
    if (auto query = read_query(text)) {
      scenario.queries.push_back(std::move(*query));
      scenario.query_texts.push_back(*json::compact(text));  // so that it fits on the line that repeats a run
    } else {
      faults.push_back(fmt::format("--query {}: {}", shortened(text), query.error()));
    }
  }
  if (faults.empty()) faults = faults_of(scenario, keys);
  if (!faults.empty()) return Unexpected{std::move(faults)};
  return scenario;
}

}  // namespace starling::sim

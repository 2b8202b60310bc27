#include "starling/server/wiring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "starling/core/base/random.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/system_random.hpp"
#include "starling/sources/mapping/mapping.hpp"
#include "starling/sources/meshtastic/meshtastic.hpp"
#include "starling/sources/mqtt/mqtt.hpp"
#include "starling/sources/probe/probe.hpp"

namespace starling {
namespace {

constexpr std::uint32_t kMeshMessagesKept = 50;  // as many as a map begins with

using sources::Decoder;
using sources::mapping::MappingDecoder;
using sources::mapping::MappingOptions;

MappingOptions mapping_options_of(const config::MappingConfig& mapping) {
  MappingOptions options{.channel = mapping.channel, .key = mapping.key};
  for (const auto& [theirs, field] : mapping.fields)
    options.fields.emplace(theirs, sources::mapping::FieldMapping{.name = field.name, .scale = field.scale});
  options.fields_only = mapping.fields_only;
  options.location = mapping.location;
  options.time = mapping.time;
  options.value = mapping.value;
  return options;
}

sources::mqtt::MqttOptions mqtt_options_of(const config::SourceConfig& source, const WiringOptions& wiring) {
  sources::mqtt::MqttOptions options;
  options.url = source.url;
  options.topics = source.topics;
  options.qos = source.qos.value_or(options.qos);
  options.username = source.username;
  options.password = source.password;
  options.client_id = source.client_id;
  options.ca_file = source.ca_file;
  options.cert_file = source.cert;
  options.key_file = source.key;
  options.insecure = source.insecure;
  options.keepalive = source.keepalive.value_or(options.keepalive);
  options.log = wiring.log;
  return options;
}

bool is_declared(const ServerOptions& options, std::string_view channel) {
  return std::ranges::find(options.channels, channel, &state::ChannelDeclaration::name) != options.channels.end();
}

/// A channel of events, to be described further; null where it is declared already.
state::ChannelDeclaration* declare_event(ServerOptions& options, std::string_view channel) {
  if (is_declared(options, channel)) return nullptr;
  state::ChannelDeclaration& declaration = options.channels.emplace_back();
  declaration.name = channel;
  declaration.kind = state::ChannelKind::event;
  return &declaration;
}

/// What a source finds wrong with one of its options, where the operator wrote it.
void complain(config::ErrorList& errors, const config::SourceConfig& source, const std::string& option,
              const std::string& message) {
  errors.add(source.place_of(option), option + ": " + message);
}

/// Null where it cannot be made; the error is in `errors`.
std::unique_ptr<Decoder> make_decoder(const config::SourceConfig& source, config::ErrorList& errors) {
  if (source.decode == config::SourceDecode::meshtastic)
    return std::make_unique<sources::meshtastic::MeshtasticDecoder>(
        sources::meshtastic::MeshtasticOptions{.raw = source.raw});
  auto decoder = MappingDecoder::from(mapping_options_of(*source.mapping), source.topics);
  if (decoder) return std::make_unique<MappingDecoder>(std::move(*decoder));
  const std::string& option = decoder.error().option;
  complain(errors, source, option == "topics" ? option : "mapping." + option, decoder.error().message);
  return nullptr;
}

/// Says so of the first of them, if there is one and its channel is not of state.
void check_state_channel(config::ErrorList& errors, const config::Config& config, const std::vector<config::ProbeConfig>& probes, std::string_view channel) {
  const auto declared = std::ranges::find(config.channels, channel, &state::ChannelDeclaration::name);
  if (probes.empty() || declared == config.channels.end() || declared->kind == state::ChannelKind::state) return;
  errors.add(probes.front().place, fmt::format("what is found is said on {}, which is declared a channel of events; leave its kind out", channel));
}

sources::probe::TargetOptions target_options_of(const config::ProbeConfig& probe, bool is_service) {
  return {.is_service = is_service, .key = probe.key, .name = probe.name, .url = probe.url, .every = probe.every, .timeout = probe.timeout, .ca_file = probe.ca_file};
}

void add_probes(Server& server, const config::Config& config, config::ErrorList& errors, const WiringOptions& wiring) {
  check_state_channel(errors, config, config.probes, sources::probe::kServicesChannel);
  check_state_channel(errors, config, config.receivers, sources::probe::kReceiversChannel);
  sources::probe::ProbeOptions options{.log = wiring.log};
  std::vector<const config::ProbeConfig*> written;
  for (const config::ProbeConfig& probe : config.probes) options.targets.push_back(target_options_of(probe, true)), written.push_back(&probe);
  for (const config::ProbeConfig& receiver : config.receivers) options.targets.push_back(target_options_of(receiver, false)), written.push_back(&receiver);
  if (written.empty()) return;
  auto made = sources::probe::ProbeSource::from(std::move(options), server.sink(), net::now);
  if (made) return server.probe(std::move(*made));
  for (const auto& [target, option, message] : made.error()) errors.add(written[target]->place_of(option), option + ": " + message);
}

}  // namespace

ServerOptions server_options_of(const config::Config& config, const WiringOptions& wiring) {
  const config::LimitsConfig& limits = config.limits;
  ServerOptions options;
  options.listen = config.server.listen;
  options.shards = config.server.shards;
  options.compression = config.server.compression;
  if (const config::TlsConfig& tls = config.server.tls; !tls.cert.empty()) {
    const std::filesystem::path folder{wiring.files_folder};
    options.tls = {.certificate = (folder / tls.cert).string(), .key = (folder / tls.key).string()};
  }
  options.guard = {.allowed_origins = config.server.allowed_origins,
                   .trusted_proxies = {.addresses = config.server.trusted_proxies, .on_unix_sockets = config.server.trusts_unix_proxies}};
  if (const config::DashboardConfig& dashboard = config.dashboard; !dashboard.tile_url.empty()) options.dashboard.tiles = {dashboard.tile_url, dashboard.tile_attribution};
  options.hub = {.channels = {.channels_max = limits.channels, .declared_only = config.declared_only},
                 .record_bytes_max = limits.record_bytes,
                 .fields_per_record_max = limits.fields_per_record,
                 .keys_per_space_max = limits.keys_per_space,
                 .state_bytes_max = limits.state_bytes};
  options.hub.spaces = config.spaces;
  options.channels = config.channels;
  options.doors = config.doors;
  options.shard.fanout.tick = config.server.tick;
  options.shard.fanout.log_bytes = limits.log_bytes;
  options.shard.fanout.frame_bytes = limits.frame_bytes;
  // A part ends after the record that fills it: with that record it must still be a frame. The configuration leaves room for both.
  // 1: every record is a part of its own.
  const std::size_t room_bytes = limits.frame_bytes - limits.record_bytes - config::kFrameEnvelopeBytes;
  options.shard.fanout.part_bytes = std::clamp<std::size_t>(room_bytes, 1, fanout::kPartBytes);
  options.shard.session.message_bytes = limits.message_bytes;
  options.shard.session.subscriptions_max = limits.subscriptions;
  options.shard.session.backlog_bytes = limits.backlog_bytes;
  options.shard.session.server = wiring.server_name;
  options.body_bytes = limits.body_bytes;
  options.visitors = {.connections = limits.connections,
                      .connections_per_ip = limits.connections_per_ip,
                      .connects_per_ip_per_second = limits.connects_per_ip_per_second,
                      .exempt = limits.exempt};
  options.intake = {.messages_per_second = limits.messages_per_second, .bytes_per_second = limits.bytes_per_second};
  options.drain_spread = config.server.drain_spread;
  options.store = {.url = config.store.url, .folder = wiring.files_folder.empty() ? "." : wiring.files_folder, .history = config.store.history};
  options.log = wiring.log;
  const auto is_mesh = [](const config::SourceConfig& source) {
    return source.decode == config::SourceDecode::meshtastic;
  };
  if (std::ranges::any_of(config.sources, is_mesh)) declare_mesh(options);
  declare_heimdall(options);
  return options;
}

void declare_mesh(ServerOptions& options) {
  std::vector<state::SpaceDeclaration>& spaces = options.hub.spaces;
  const bool is_space_declared =
      std::ranges::find(spaces, config::kMeshSpace, &state::SpaceDeclaration::name) != spaces.end();
  // Of a source the configuration finds a channel of that name to be a mistake; the demo leaves it to the operator.
  if (!is_space_declared && !is_declared(options, "mesh:presence"))
    spaces.push_back({std::string{config::kMeshSpace}, config::kMeshOfflineAfter});
  if (auto* message = declare_event(options, "mesh:message")) message->keep = kMeshMessagesKept;
  if (auto* raw = declare_event(options, "mesh:raw")) {
    raw->hidden = true;
    raw->keep = 0;
    raw->history = Duration::zero();
  }
}

void declare_heimdall(ServerOptions& options) {
  for (const std::string_view channel : {sources::probe::kServicesChannel, sources::probe::kReceiversChannel}) {
    if (!is_declared(options, channel)) options.channels.emplace_back().name = channel;
  }
  for (const std::string_view channel : {"signals:detected", "localizations:updated"}) {
    if (auto* event = declare_event(options, channel)) event->keep = 0;
  }
}

void declare_events(ServerOptions& options, const std::set<std::string>& channels) {
  for (const std::string& channel : channels) declare_event(options, channel);
}

Result<void, std::vector<config::ConfigError>> add_sources(Server& server, const config::Config& config,
                                                           const std::string& file_name,
                                                           const WiringOptions& wiring) {
  config::ErrorList errors{file_name};
  for (const config::SourceConfig& source : config.sources) {
    auto decoder = make_decoder(source, errors);
    if (!decoder) continue;
    auto made = sources::mqtt::MqttSource::from(mqtt_options_of(source, wiring), std::move(decoder), server.sink(),
                                                net::now, Random{net::system_random()});
    if (!made) {
      complain(errors, source, made.error().option, made.error().message);
      continue;
    }
    const auto url = sources::mqtt::parse_broker_url(source.url);
    server.add(url ? sources::mqtt::shown(*url) : "mqtt", std::move(*made));
  }
  add_probes(server, config, errors, wiring);
  if (!errors.is_empty()) return Unexpected{errors.take_sorted()};
  return {};
}

}  // namespace starling

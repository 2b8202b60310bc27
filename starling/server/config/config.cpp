#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "starling/server/config/config.hpp"
#include "starling/server/config/document.hpp"
#include "starling/server/config/listen_address.hpp"
#include "starling/server/config/read_dashboard.hpp"
#include "starling/server/config/read_doors.hpp"
#include "starling/server/config/read_probe.hpp"
#include "starling/server/config/read_source.hpp"
#include "starling/server/config/section.hpp"

namespace starling::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// ---- What a key of a later version may say now --------------------------------------------------------------------

bool is_false(const Value& value) {
  const bool* flag = std::get_if<bool>(&value.held);
  return flag != nullptr && !*flag;
}
bool is_boolean(const Value& value) { return std::holds_alternative<bool>(value.held); }
bool is_empty_list(const Value& value) {
  const auto* list = std::get_if<List>(&value.held);
  return list != nullptr && list->empty();
}

// ---- [server] -----------------------------------------------------------------------------------------------------

std::string listen_fault_shown(std::string_view address, std::string_view shown) {
  const auto read = read_listen_address(address);
  if (!read) return fmt::format("{} {}", quoted(shown), read.error());
  if (read->is_local()) return {};
  return fmt::format("listens on {} without auth.required; listen on 127.0.0.1 or [::1]",
                     shown == address ? read->host : shown);
}

/// Browsers send scheme and host in lower case, the port only if it is not the scheme's own, and no path.
bool is_origin(std::string_view text) {
  struct Scheme {
    std::string_view prefix, port;
  };
  for (const Scheme& scheme : {Scheme{"https://", ":443"}, Scheme{"http://", ":80"}}) {
    if (!text.starts_with(scheme.prefix)) continue;
    const std::string_view host = text.substr(scheme.prefix.size());
    const bool is_plain = std::ranges::all_of(host, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view{".-_:[]"}.find(c) != std::string_view::npos;
    });
    return !host.empty() && host.front() != ':' && host.back() != ':' && is_plain && !host.ends_with(scheme.port);
  }
  return false;
}

TlsConfig read_tls(const Table& table, Place place, ErrorList& errors) {
  Section section{"server.tls", "[server.tls]", table, errors};
  TlsConfig tls;
  for (const auto& [name, file] : {std::pair{"cert", &tls.cert}, std::pair{"key", &tls.key}}) {
    const auto text = section.text(name);
    if (text) *file = text->text.value;
    const Value* value = section.find(name);
    if (value == nullptr) section.fail(place, name, "is missing; TLS needs cert and key, two PEM files");
    if (text && file->empty()) section.fail(text->place, name, "must name a PEM file");
  }
  section.finish();
  return tls;
}

ServerConfig read_server(const Table& table, ErrorList& errors) {
  Section section{"server", "[server]", table, errors};
  ServerConfig server;
  if (const auto addresses = section.texts("listen")) {
    server.listen.clear();
    for (const PlacedText& address : *addresses) {
      const std::string fault = listen_fault_shown(address.text.value, address.text.written);
      if (!fault.empty()) errors.add(address.place, fmt::format("server.listen: {}", fault));
      server.listen.push_back(address.text.value);
    }
    const Value& list = *section.find("listen");
    if (std::get<List>(list.held).empty())
      section.fail(list.place, "listen", R"(must not be empty; write one like "127.0.0.1:8080")");
  }

  if (const auto shards = section.integer("shards", {0, 1024})) server.shards = static_cast<std::size_t>(*shards);

  server.tick = section.duration("tick", {milliseconds{10}, seconds{10}}).value_or(server.tick);
  if (server.tick % milliseconds{1} != Duration::zero())
    section.fail(section.find("tick")->place, "tick", "must be whole milliseconds");

  server.compression = section.boolean("compression").value_or(server.compression);

  for (const PlacedText& origin : section.texts("allowed_origins").value_or(std::vector<PlacedText>{})) {
    if (!is_origin(origin.text.value)) {
      section.fail(origin.place, "allowed_origins",
                   fmt::format(R"(must be as browsers send them, like "https://map.example.com", not {})",
                               quoted(origin.text.written)));
    }
    server.allowed_origins.push_back(origin.text.value);
  }
  for (const PlacedText& proxy : section.texts("trusted_proxies").value_or(std::vector<PlacedText>{})) {
    if (const auto range = read_address_range(proxy.text.value)) {
      server.trusted_proxies.push_back(*range);
    } else if (proxy.text.value == "unix") {
      server.trusts_unix_proxies = true;
    } else {
      section.fail(proxy.place, "trusted_proxies",
                   fmt::format(R"(must be addresses or networks, like "127.0.0.1" or "10.0.0.0/8", or "unix", not {})",
                               quoted(proxy.text.written)));
    }
  }
  server.drain_spread = section.duration("drain_spread", {Duration::zero(), std::chrono::minutes{10}}).value_or(server.drain_spread);
  if (const Table* tls = section.table("tls")) server.tls = read_tls(*tls, section.find("tls")->place, errors);
  section.finish();
  return server;
}

// ---- [limits] -----------------------------------------------------------------------------------------------------

struct Limit {
  std::string_view key;
  std::size_t LimitsConfig::*member;
  Range<std::uint64_t> range;
};

constexpr std::uint64_t kKiB = 1 << 10;
constexpr std::uint64_t kGiB = 1 << 30;

constexpr std::array kByteLimits{Limit{"bytes_per_second", &LimitsConfig::bytes_per_second, {kKiB, kGiB}},
                                 Limit{"message_bytes", &LimitsConfig::message_bytes, {kKiB, kGiB}},
                                 Limit{"frame_bytes", &LimitsConfig::frame_bytes, {8 * kKiB, kGiB}},
                                 Limit{"body_bytes", &LimitsConfig::body_bytes, {kKiB, 4 * kGiB}},
                                 Limit{"backlog_bytes", &LimitsConfig::backlog_bytes, {kKiB, kGiB}},
                                 Limit{"log_bytes", &LimitsConfig::log_bytes, {64 * kKiB, 1024 * kGiB}},
                                 Limit{"state_bytes", &LimitsConfig::state_bytes, {64 * kKiB, 1024 * kGiB}},
                                 Limit{"record_bytes", &LimitsConfig::record_bytes, {kKiB, kGiB}}};
constexpr std::array kCountLimits{Limit{"connections", &LimitsConfig::connections, {1, 10'000'000}},
                                  Limit{"connections_per_ip", &LimitsConfig::connections_per_ip, {1, 10'000'000}},
                                  Limit{"connects_per_ip_per_second", &LimitsConfig::connects_per_ip_per_second, {1, 1'000'000}},
                                  Limit{"messages_per_second", &LimitsConfig::messages_per_second, {1, 1'000'000}},
                                  Limit{"subscriptions", &LimitsConfig::subscriptions, {1, 65'536}},
                                  Limit{"fields_per_record", &LimitsConfig::fields_per_record, {1, 65'536}},
                                  Limit{"keys_per_space", &LimitsConfig::keys_per_space, {1, 1'000'000'000}},
                                  Limit{"channels", &LimitsConfig::channels, {1, 65'536}}};

LimitsConfig read_limits(const Table& table, ErrorList& errors) {
  Section section{"limits", "[limits]", table, errors};
  LimitsConfig limits;
  for (const Limit& limit : kByteLimits) {
    limits.*limit.member =
        static_cast<std::size_t>(section.size(limit.key, limit.range).value_or(limits.*limit.member));
  }
  for (const Limit& limit : kCountLimits) {
    const Range<std::int64_t> range{static_cast<std::int64_t>(limit.range.least), static_cast<std::int64_t>(limit.range.most)};
    if (const auto count = section.integer(limit.key, range)) limits.*limit.member = static_cast<std::size_t>(*count);
  }
  if (limits.frame_bytes < limits.record_bytes + kFrameEnvelopeBytes) {
    const std::string_view at = section.find("frame_bytes") != nullptr ? "frame_bytes" : "record_bytes";
    section.fail(section.find(at)->place, at,
                 fmt::format("does not fit: frame_bytes must be at least record_bytes + {}, {}", kFrameEnvelopeBytes,
                             limits.record_bytes + kFrameEnvelopeBytes));
  }
  if (const auto exempt = section.texts("exempt")) {
    limits.exempt.clear();
    for (const PlacedText& address : *exempt) {
      if (const auto range = read_address_range(address.text.value)) {
        limits.exempt.push_back(*range);
      } else {
        section.fail(address.place, "exempt",
                     fmt::format(R"(must be addresses or networks, like "127.0.0.1" or "10.0.0.0/8", not {})", quoted(address.text.written)));
      }
    }
  }
  section.finish();
  return limits;
}

// ---- [[space]] and [[channel]] ------------------------------------------------------------------------------------

/// The name of a table that must have one; if it has none, that is an error.
std::optional<PlacedText> read_name(Section& section, Place place, std::string_view example) {
  if (section.find("name") == nullptr)
    section.fail(place, "name", fmt::format("is missing; write one like {}", quoted(example)));
  return section.text("name");
}

constexpr Range<Duration> kWaits{milliseconds{100}, std::chrono::hours{24 * 365}};

std::vector<state::SpaceDeclaration> read_spaces(Section& top, ErrorList& errors) {
  std::vector<state::SpaceDeclaration> spaces;
  std::unordered_set<std::string> names;
  for (const auto& [place, table] : top.tables("space")) {
    Section section{"space", "[[space]]", *table, errors};
    if (const auto name = read_name(section, place, "mesh")) {
      if (!state::is_channel_name(name->text.value + ":facet")) {
        section.fail(name->place, "name",
                     fmt::format("must be 1 to 128 of a-z, 0-9, _, . and -, not {}", quoted(name->text.written)));
      } else if (!names.insert(name->text.value).second) {
        section.fail(name->place, "name", fmt::format("{} is there twice", quoted(name->text.written)));
      }
      spaces.push_back({name->text.value, section.duration("offline_after", kWaits)});
    } else {
      (void)section.find("offline_after");
    }
    section.finish();
  }
  return spaces;
}

/// A key that means something for channels of one kind only.
void check_kind(Section& section, const state::ChannelDeclaration& channel, std::string_view key,
                state::ChannelKind kind) {
  const Value* value = section.find(key);
  if (value == nullptr || channel.kind == kind) return;
  section.fail(value->place, key,
               fmt::format(R"(is for kind = "{}" only)", kind == state::ChannelKind::event ? "event" : "state"));
}

constexpr Range<Duration> kHistories{Duration::zero(), std::chrono::days{36'500}};
constexpr Range<double> kDistances_m{0.1, 1'000'000};

void read_history(Section& section, state::ChannelDeclaration& channel) {
  channel.history = section.duration("history", kHistories);
  channel.history_every = section.duration("history_every", kWaits);
  channel.history_distance_m = section.number("history_distance_m");
  if (const auto& distance_m = channel.history_distance_m; distance_m && !(*distance_m >= kDistances_m.least && *distance_m <= kDistances_m.most)) {
    section.fail(section.find("history_distance_m")->place, "history_distance_m",
                 fmt::format("must be from {} to {} metres, not {}", kDistances_m.least, kDistances_m.most, *distance_m));
  }
  for (const std::string_view key : {"history_every", "history_distance_m"}) {
    check_kind(section, channel, key, state::ChannelKind::state);
    const Value* value = section.find(key);
    if (value != nullptr && channel.history == Duration::zero())
      section.fail(value->place, key, R"(thins out a history that is not kept; leave it out, or history = "0s")");
  }
}

state::ChannelDeclaration read_channel(Section& section, Place place) {
  state::ChannelDeclaration channel;
  if (const auto name = read_name(section, place, "mesh:position")) {
    channel.name = name->text.value;
    if (!state::is_channel_name(channel.name)) {
      section.fail(name->place, "name",
                   fmt::format(R"(must be space:facet, each 1 to 128 of a-z, 0-9, _, . and -, like "mesh:position", not {})",
                               quoted(name->text.written)));
    }
  }
  channel.kind = section
                     .one_of<state::ChannelKind>(
                         "kind", {{"state", state::ChannelKind::state}, {"event", state::ChannelKind::event}})
                     .value_or(channel.kind);
  channel.location = read_location(section);
  channel.priority = section
                         .one_of<state::Priority>("priority", {{"normal", state::Priority::normal},
                                                               {"critical", state::Priority::critical}})
                         .value_or(channel.priority);
  channel.event_pace = section.duration("pace", {Duration::zero(), seconds{60}}).value_or(channel.event_pace);
  check_kind(section, channel, "pace", state::ChannelKind::event);
  channel.hidden = section.boolean("hidden").value_or(channel.hidden);
  channel.ttl = section.duration("ttl", kWaits);
  check_kind(section, channel, "ttl", state::ChannelKind::state);
  if (const auto keep = section.integer("keep", {0, 10'000})) channel.keep = static_cast<std::uint32_t>(*keep);
  check_kind(section, channel, "keep", state::ChannelKind::event);
  read_history(section, channel);
  section.finish();
  return channel;
}

/// The spaces whose `presence` the server itself says.
std::unordered_set<std::string> spaces_with_presence(const Config& config) {
  std::unordered_set<std::string> names;
  for (const state::SpaceDeclaration& space : config.spaces) {
    if (space.offline_after) names.insert(space.name);
  }
  const bool is_mesh = std::ranges::any_of(
      config.sources, [](const SourceConfig& source) { return source.decode == SourceDecode::meshtastic; });
  if (is_mesh && std::ranges::find(config.spaces, kMeshSpace, &state::SpaceDeclaration::name) == config.spaces.end())
    names.insert(std::string{kMeshSpace});
  return names;
}

std::vector<state::ChannelDeclaration> read_channels(Section& top, const std::unordered_set<std::string>& present,
                                                     ErrorList& errors) {
  std::vector<state::ChannelDeclaration> channels;
  std::unordered_set<std::string> names;
  std::unordered_map<std::string, std::string> locating;  // space → its locating channel
  for (const auto& [place, table] : top.tables("channel")) {
    Section section{"channel", "[[channel]]", *table, errors};
    state::ChannelDeclaration channel = read_channel(section, place);
    const bool is_named = state::is_channel_name(channel.name);
    const bool is_new = is_named && names.insert(channel.name).second;
    if (is_named && !is_new) {
      const auto name = section.text("name");
      section.fail(name->place, "name", fmt::format("{} is there twice", quoted(name->text.written)));
    }
    const std::string space = channel.name.substr(0, channel.name.find(':'));
    if (is_named && channel.name == space + ":presence" && present.contains(space)) {
      const auto name = section.text("name");
      section.fail(name->place, "name",
                   fmt::format("{} is the server's own where the space has offline_after{}; leave the channel out, or "
                               "give the space a [[space]] without offline_after",
                               quoted(name->text.written),
                               space == kMeshSpace ? " (as mesh has with a Meshtastic source)" : ""));
    }
    // An event's location is its own; only a state channel says where an entity is.
    if (is_new && channel.location && channel.kind == state::ChannelKind::state) {
      const auto [first, is_first] = locating.emplace(space, channel.name);
      if (!is_first) {
        section.fail(section.find("location")->place, "location",
                     fmt::format("makes a second locating channel in the space {}; {} is one already", quoted(space),
                                 quoted(first->second)));
      }
    }
    channels.push_back(std::move(channel));
  }
  return channels;
}

// ---- The rest -----------------------------------------------------------------------------------------------------

bool read_declared_only(const Table& table, ErrorList& errors) {
  Section section{"channels", "[channels]", table, errors};
  const bool declared_only = section.boolean("declared_only").value_or(false);
  section.finish();
  return declared_only;
}

StoreConfig read_store(const Table& table, ErrorList& errors) {
  Section section{"store", "[store]", table, errors};
  StoreConfig store;
  const auto url = section.text("url");
  store.is_chosen = url.has_value();
  if (url && url->text.value == "none") {
    store.url.clear();
  } else if (url) {
    store.url = url->text.value;
    const auto names = [&](std::string_view scheme) { return store.url.starts_with(scheme) && store.url.size() > scheme.size(); };
    if (!names("sqlite:") && !names("postgresql://") && !names("postgres://")) {
      // What was written may hold a password.
      section.fail(url->place, "url", R"(must be like "sqlite:starling.db" or "postgresql://user@host/database", or "none")");
    }
  }
  if (const auto history = section.duration("history", kHistories)) store.history = *history;
  if (store.url.empty() || store.history == Duration::zero()) store.history.reset();
  section.finish();
  return store;
}

void read_later_tables(Section& top, ErrorList& errors) {
  if (const Table* table = top.table("auth")) {
    Section section{"auth", "[auth]", *table, errors};
    section.not_in_this_version_unless("required", is_false);
    section.not_in_this_version_unless("api_keys", is_empty_list);
    section.not_in_this_version("jwt");
    section.not_in_this_version_unless("in_band", is_boolean);  // says nothing where nothing is required
    section.not_in_this_version_unless("query_token", is_false);
    section.finish();
  }
  if (const Table* table = top.table("relay")) {
    Section section{"relay", "[relay]", *table, errors};
    section.not_in_this_version("url");
    section.finish();
  }
}

}  // namespace

std::string listen_fault(std::string_view address) { return listen_fault_shown(address, address); }

Result<Config, std::vector<ConfigError>> read_config(std::string_view toml_text, std::string_view file_name,
                                                     const Environment& environment) {
  auto document = read_document(toml_text, file_name);
  if (!document) return Unexpected{std::vector<ConfigError>{document.error()}};
  ErrorList errors{file_name};
  put_environment(*document, environment, errors);

  Section top{"", "", *document, errors};
  Config config;
  if (const Table* table = top.table("server")) config.server = read_server(*table, errors);
  if (const Table* table = top.table("limits")) config.limits = read_limits(*table, errors);
  if (const Table* table = top.table("store")) config.store = read_store(*table, errors);
  if (const Table* table = top.table("dashboard")) config.dashboard = read_dashboard(*table, top.find("dashboard")->place, errors);
  if (const Table* table = top.table("channels")) config.declared_only = read_declared_only(*table, errors);
  config.spaces = read_spaces(top, errors);
  for (const auto& [place, table] : top.tables("source"))
    config.sources.push_back(read_source(*table, place, errors));
  config.probes = read_probes(top, errors);
  config.receivers = read_receivers(top, errors);
  config.channels = read_channels(top, spaces_with_presence(config), errors);
  config.doors = read_doors(top, errors);
  read_later_tables(top, errors);
  top.finish();

  if (!errors.is_empty()) return Unexpected{errors.take_sorted()};
  return config;
}

}  // namespace starling::config

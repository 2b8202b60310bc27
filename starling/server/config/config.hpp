/// @file
/// What the operator may decide, with the defaults; read from TOML in which every key is optional.
///
/// Plain values: the server's wiring turns them into listeners, sources and limits. Only what this version does is
/// here. A key of a later version is known to the reader and refused if it asks for something, never silently
/// ignored.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/protocol/door.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/server/config/address_range.hpp"
#include "starling/server/config/dashboard_config.hpp"
#include "starling/server/config/environment.hpp"
#include "starling/server/config/error.hpp"
#include "starling/server/config/probe_config.hpp"
#include "starling/server/config/source_config.hpp"

namespace starling::config {

/// PEM files, as the operator wrote them: relative to the configuration's folder.
struct TlsConfig {
  std::string cert;  ///< empty: no TLS
  std::string key;
};

struct ServerConfig {
  std::vector<std::string> listen{
      "127.0.0.1:8080"};                           ///< as `read_listen_address` takes them; only local ones get here
  std::size_t shards = 0;                          ///< threads that serve viewers; 0: one a core
  Duration tick = std::chrono::milliseconds{100};  ///< whole milliseconds
  bool compression = true;                         ///< permessage-deflate with viewers that offer it: less to send, more to compute
  std::vector<std::string>
      allowed_origins;  ///< as browsers send them, "https://map.example.com"; empty: same origin only
  std::vector<AddressRange> trusted_proxies;  ///< whose X-Forwarded-For is believed
  Duration drain_spread = std::chrono::seconds{5};  ///< over which viewers are asked to come back after a restart
  bool trusts_unix_proxies = false;           ///< "unix" among them: whoever may connect to a Unix socket of ours
  TlsConfig tls;  ///< what every TCP address of `listen` speaks
};

/// Bytes, except where the name says otherwise.
struct LimitsConfig {
  std::size_t message_bytes = 256 << 10;  ///< one WebSocket message from a viewer
  std::size_t frame_bytes = 256 << 10;    ///< one message to a viewer; at least record_bytes and kFrameEnvelopeBytes
  std::size_t body_bytes = 16 << 20;      ///< one HTTP body
  std::size_t connections = 100'000;      ///< of the whole server; lowered to what the descriptor limit allows
  std::size_t connections_per_ip = 100;
  std::size_t connects_per_ip_per_second = 20;
  std::size_t messages_per_second = 50;       ///< from one connection
  std::size_t bytes_per_second = 1 << 20;     ///< likewise
  std::vector<AddressRange> exempt{*read_address_range("127.0.0.0/8"),
                                   *read_address_range("::1")};  ///< for whom only `connections` counts
  std::size_t subscriptions = 64;         ///< of one connection
  std::size_t backlog_bytes = 1 << 20;    ///< replies and direct messages waiting for one connection
  std::size_t log_bytes = 64 << 20;       ///< how far a resume can reach back
  std::size_t state_bytes = 1 << 30;
  std::size_t record_bytes = 64 << 10;
  std::size_t fields_per_record = 256;
  std::size_t keys_per_space = 1'000'000;
  std::size_t channels = 1000;
};

/// What a frame holds beside a single record: its names and its key, escaped at worst.
inline constexpr std::size_t kFrameEnvelopeBytes = 4 << 10;

/// The space of a Meshtastic network, and what it is where no [[space]] says it.
inline constexpr std::string_view kMeshSpace = "mesh";
inline constexpr Duration kMeshOfflineAfter = std::chrono::hours{2};

/// Where the state outlives the server.
struct StoreConfig {
  std::string url = "sqlite:starling.db";  ///< relative to the configuration's folder, or "postgresql://…"; empty: nowhere
  bool is_chosen = false;                  ///< the operator said where
  std::optional<Duration> history = std::chrono::days{7};  ///< how long every change and event is kept of channels that do not say; nullopt: none is
};

struct Config {
  ServerConfig server;
  LimitsConfig limits;
  StoreConfig store;
  DashboardConfig dashboard;
  bool declared_only = false;  ///< false: a first publish makes a state channel
  std::vector<state::SpaceDeclaration> spaces;  ///< a Meshtastic source has another, `mesh`, unless it is here
  std::vector<state::ChannelDeclaration> channels;  ///< none is the server's own
  std::vector<SourceConfig> sources;
  std::vector<ProbeConfig> probes, receivers;
  std::vector<protocol::DoorOptions> doors = protocol::default_doors();
};

/// Reads a whole configuration, or says everything that is wrong with it, in the order of the file.
///
/// `file_name` is only for the messages.
[[nodiscard]] Result<Config, std::vector<ConfigError>> read_config(std::string_view toml_text,
                                                                   std::string_view file_name,
                                                                   const Environment& environment);

/// What is wrong with one address to listen on (also one from the command line), with the cure; empty if nothing is.
[[nodiscard]] std::string listen_fault(std::string_view address);

}  // namespace starling::config

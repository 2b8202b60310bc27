/// @file
/// `GET /metrics`: what is counted, in the text format of Prometheus.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "starling/core/fanout/counters.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/core/session/doors.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/http/message.hpp"
#include "starling/io/net/web_socket_connections.hpp"
#include "starling/server/input.hpp"
#include "starling/server/store_writer.hpp"
#include "starling/server/visitors.hpp"
#include "starling/sources/source.hpp"

namespace starling {

struct MeasuredSource {
  std::string name;  ///< without secrets
  sources::SourceStatus status;
};

/// By their numbers.
inline constexpr std::array kDialects{protocol::DialectName::event, protocol::DialectName::event_flat, protocol::DialectName::mesh};

/// What one shard has counted, copied on its thread.
struct ShardMeasures {
  state::Seq log_seq = 0;
  std::size_t log_bytes = 0;
  fanout::Counters fanout;
  std::size_t sessions = 0;
  std::size_t readings = 0;
  std::size_t web_socket_connections = 0;
  net::WebSocketCounters web_sockets;
  ws::DeflateCounters deflated;
  std::size_t http_connections = 0;
  http::HttpCounters http;
  std::array<session::DoorCounts, kDialects.size()> doors;  ///< of each dialect

  [[nodiscard]] const session::DoorCounts& at_doors_of(protocol::DialectName dialect) const noexcept { return doors[static_cast<std::size_t>(dialect)]; }
};
/// Of all shards together.
[[nodiscard]] session::DoorCounts door_counts(const std::vector<ShardMeasures>& shards, protocol::DialectName dialect) noexcept;

struct Measured {
  const hub::Hub& hub;
  std::vector<ShardMeasures> shards;  ///< at least one
  VisitorCounters visitors;
  InputCounters input;
  std::vector<MeasuredSource> sources;
  std::optional<StoreHealth> store = {};  ///< nullopt: nothing is stored
};

[[nodiscard]] std::string metrics_text(const Measured& measured);

/// The text as it is served.
[[nodiscard]] http::Response metrics_response(std::string text);

}  // namespace starling

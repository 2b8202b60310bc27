/// @file
/// `GET /metrics`: what is counted, in the text format of Prometheus.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "starling/core/fanout/counters.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/io/http/awaited.hpp"
#include "starling/io/http/http_connections.hpp"
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
};

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

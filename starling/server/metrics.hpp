/// @file
/// `GET /metrics`: what is counted, in the text format of Prometheus.
#pragma once

#include <string>
#include <vector>

#include "starling/core/hub/hub.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/io/http/http_connections.hpp"
#include "starling/io/net/web_socket_connections.hpp"
#include "starling/server/input.hpp"
#include "starling/sources/source.hpp"

namespace starling {

struct MeasuredSource {
  std::string name;  ///< without secrets
  sources::SourceStatus status;
};

struct Measured {
  const hub::Hub& hub;
  const session::Shard& shard;
  const net::WebSocketConnections& web_sockets;
  const http::HttpConnections& http;
  InputCounters input;
  std::vector<MeasuredSource> sources;
};

[[nodiscard]] std::string metrics_text(const Measured& measured);

}  // namespace starling

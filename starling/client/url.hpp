/// @file
/// Where a server is, as a person writes it: ws://host:port/path, or the http://host:port that `starling serve` says; wss:// and https:// under TLS.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::client {

inline constexpr std::string_view kDefaultUrl = "ws://127.0.0.1:8080/live";

struct Url {
  std::string host;  ///< a name, an IPv4 address, or an IPv6 address without its brackets
  std::uint16_t port = 0;
  std::string path;  ///< from the slash on, with the query
  bool is_tls = false;

  /// As in the request's `Host`: the port is left out where it is the scheme's own.
  [[nodiscard]] std::string authority() const;
  /// Without the query, which may hold a token: for people and logs.
  [[nodiscard]] std::string shown() const;

  bool operator==(const Url&) const = default;
};

/// No path is `/live`; the port is 80 if none is given, under TLS 443. The error says what is wrong and the cure.
[[nodiscard]] Result<Url, std::string> read_url(std::string_view text);

}  // namespace starling::client

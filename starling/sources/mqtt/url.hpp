/// @file
/// Where a broker is: mqtt://host, mqtts://user:password@host:8883.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::sources::mqtt {

struct BrokerUrl {
  bool tls = false;
  std::string host;  ///< name or address, IPv6 without brackets
  std::uint16_t port = 1883;
  std::optional<std::string> username;
  std::optional<std::string> password;
};

enum class UrlError : std::uint8_t {
  scheme,    ///< neither mqtt:// nor mqtts://
  host,      ///< none, or a bracket is missing
  port,      ///< not 1 to 65535
  userinfo,  ///< a % that is not followed by two hex digits, or %00
  rest,      ///< a path, query or fragment
};

/// Ports default to 1883 and 8883. User and password may be percent-encoded; an '@' in them must be.
[[nodiscard]] Result<BrokerUrl, UrlError> parse_broker_url(std::string_view url);

/// What is wrong and how it should look; holds nothing of the URL.
[[nodiscard]] std::string_view describe(UrlError error) noexcept;

/// "mqtt://host:1883", to be shown: without user and password.
[[nodiscard]] std::string shown(const BrokerUrl& url);

}  // namespace starling::sources::mqtt

/// @file
/// Who a request is from: the address that limits are counted by.
///
/// A peer speaks for itself, unless the operator trusts it as a proxy. Then what the proxy heard counts: each proxy adds whom it heard at the right end
/// of `X-Forwarded-For` or `Forwarded` (RFC 7239), so the first address from the right that is no trusted proxy itself is the client. What stands to
/// the left of it is the client's own word, and is not looked at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/io/http/message.hpp"
#include "starling/server/config/address_range.hpp"

namespace starling {

struct TrustedProxies {
  std::vector<config::AddressRange> addresses;
  bool on_unix_sockets = false;  ///< whoever may connect to a Unix socket of ours

  [[nodiscard]] bool contain(const net::Peer& peer) const noexcept;
};

/// The address in its shortest form, IPv4 as IPv4; empty for a Unix socket's own. Fails, with the detail of a 400, if a trusted proxy does not say
/// whom it heard in a way that can be read, or says so in two headers that differ.
[[nodiscard]] Result<std::string, std::string_view> client_address(const http::Request& request, const TrustedProxies& proxies);

/// An address as a proxy writes it: with a port or without, IPv6 in brackets or bare. Nullopt if it is none.
[[nodiscard]] std::optional<std::string> read_forwarded_address(std::string_view text);

}  // namespace starling

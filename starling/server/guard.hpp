/// @file
/// Who is let in at the door, of a server that asks nobody for credentials: only this machine (docs/PROTOCOL.md,
/// Door).
///
/// A page from elsewhere must not read or write through a visitor's browser. So the name asked for must be this
/// machine's (a foreign name that resolves to loopback is refused), a page's origin must be ours, a proxy must be one
/// that the operator named, and what writes must have a content type that no form can send.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "starling/io/http/message.hpp"
#include "starling/server/client_address.hpp"

namespace starling {

struct GuardOptions {
  std::vector<std::string> allowed_origins;  ///< "https://map.example.com", besides our own
  TrustedProxies trusted_proxies;            ///< whose X-Forwarded-* is believed
};

struct GuardRefusal {
  unsigned status;     ///< 400, 403, 415 or 421
  std::string detail;  ///< what, where, cure
};

/// Whether it has one origin, and that is in the list.
[[nodiscard]] bool is_allowed_origin(const http::Request& request, const GuardOptions& options) noexcept;

/// Why a request is not let in; nullopt if it is. The body is not looked at.
[[nodiscard]] std::optional<GuardRefusal> check_at_door(const http::Request& request, const GuardOptions& options);

}  // namespace starling

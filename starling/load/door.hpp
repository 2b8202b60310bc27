/// @file
/// Where a server listens, and what it speaks there: what a load generator finds out once, for all its connections.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

#include "starling/client/url.hpp"
#include "starling/core/base/result.hpp"
#include "starling/io/net/tls_context.hpp"

namespace starling::load {

struct Door {
  sockaddr_storage address{};
  socklen_t address_bytes = 0;
  std::string host;                              ///< for `Host`
  std::string path = "/live";                    ///< of the WebSocket
  std::string certificate_host = "127.0.0.1";    ///< whose certificate is wanted
  std::shared_ptr<const net::TlsContext> tls{};  ///< null where it is plain
};
/// On 127.0.0.1.
[[nodiscard]] Door tcp_door(std::uint16_t port, std::shared_ptr<const net::TlsContext> tls = nullptr);
[[nodiscard]] Door unix_door(const std::string& path);

struct DoorError {
  std::string message;    ///< one line: what, where, cure
  bool is_usage = false;  ///< the address is one that must not be given so
};
/// The first address of the URL's host that takes a connection; one is opened to find out, and closed. Waits for up to 3 s an address.
///
/// Fails if there is none, and, unless `anywhere`, where one of them is not of this machine: nobody is put under load by a typing error.
[[nodiscard]] Result<Door, DoorError> open_door(const client::Url& url, const std::string& ca_file, bool anywhere);

/// 127.0.0.0/8 and ::1, also as IPv6 writes IPv4, and Unix sockets.
[[nodiscard]] bool is_local(const sockaddr_storage& address) noexcept;

}  // namespace starling::load

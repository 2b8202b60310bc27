/// @file
/// Where to listen, as one string: "127.0.0.1:8080", "[::1]:8080", "localhost:8080", "unix:/run/starling.sock", or "systemd": on the sockets
/// that were handed over at the start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::config {

struct ListenAddress {
  std::string host;         ///< an IPv4 or IPv6 address without brackets, or "localhost"; empty for a Unix socket
  std::uint16_t port = 0;   ///< 0: any free one
  std::string socket_path;  ///< absolute; empty unless it is a Unix socket
  bool is_inherited = false;  ///< "systemd": nothing of the above is known before the start

  [[nodiscard]] bool is_unix_socket() const noexcept { return !socket_path.empty(); }
  /// Whether only this machine can reach it: 127.0.0.0/8, ::1, localhost, a Unix socket. Of inherited ones that is asked of each.
  [[nodiscard]] bool is_local() const noexcept;
};

/// Reads any of the forms above; the error says what is wrong with it. Other names than localhost are not looked up.
[[nodiscard]] Result<ListenAddress, std::string> read_listen_address(std::string_view text);

}  // namespace starling::config

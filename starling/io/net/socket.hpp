/// @file
/// What we ask of a connected socket: non-blocking reads and writes, and the options that keep its queue short.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "starling/core/base/time.hpp"

namespace starling::net {

enum class Progress : std::uint8_t {
  done,         ///< `bytes` of it, at least one
  would_block,  ///< nothing now; wait for readiness
  closed,       ///< the peer has ended its side (reading only)
  failed,       ///< the connection is gone
};

struct Transfer {
  Progress progress;
  std::size_t bytes = 0;
};

/// Of a system call that wrote: what it returned, and its error if that is negative.
[[nodiscard]] Transfer transfer_of(std::ptrdiff_t returned, int error) noexcept;

[[nodiscard]] Transfer receive(int socket, std::span<std::uint8_t> into) noexcept;
[[nodiscard]] Transfer send(int socket, std::span<const iovec> parts) noexcept;
/// Says the end of what we send; reading goes on.
void end_sending(int socket) noexcept;

/// Nagle off, and a send queue that stays short whatever the peer does.
void set_options(int socket) noexcept;

/// How far what we gave the kernel has got.
struct SendQueue {
  std::uint32_t unacknowledged_segments = 0;  ///< on their way
  std::uint32_t unsent_bytes = 0;             ///< the peer's window does not allow more
  Duration since_acknowledgement{0};          ///< of anything
  std::uint64_t acknowledged_bytes = 0;       ///< so far
};
/// Nullopt where there are no acknowledgements: on a Unix socket.
[[nodiscard]] std::optional<SendQueue> send_queue_of(int socket) noexcept;
/// Whether the peer's machine lives but does not take what we have to say: its window is shut, or its line is slow, and acknowledges something within
/// `timeout`. `is_writable`: nothing of ours waits for the socket.
[[nodiscard]] bool is_stalled(const std::optional<SendQueue>& queue, bool is_writable, Duration timeout) noexcept;

/// Of a connection's other end.
struct Peer {
  std::string address;  ///< IPv4 or IPv6, without brackets and port; empty on a Unix socket
  bool is_unix_socket = false;
  bool is_tls = false;
  std::shared_ptr<void> visit = {};  ///< the owner's own mark; it goes when the connection has gone
};

}  // namespace starling::net

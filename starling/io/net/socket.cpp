#include "starling/io/net/socket.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

namespace starling::net {
namespace {

/// What the kernel holds of ours that is not yet on its way: bytes a slow viewer would be sent although they are
/// stale by then. Smaller saves memory, larger saves wake-ups.
constexpr int kNotSentBytesMax = 16 << 10;
/// The kernel doubles it (for its own overhead) and, being told, no longer tunes it upwards to megabytes.
constexpr int kSendBufferBytes = 128 << 10;

bool is_momentary(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

void set(int socket, int level, int option, int value) noexcept {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

Transfer transfer_of(std::ptrdiff_t returned, int error) noexcept {
  if (returned >= 0) return {Progress::done, static_cast<std::size_t>(returned)};
  return {is_momentary(error) ? Progress::would_block : Progress::failed};
}

Transfer receive(int socket, std::span<std::uint8_t> into) noexcept {
  const ssize_t bytes = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
  if (bytes > 0) return {Progress::done, static_cast<std::size_t>(bytes)};
  if (bytes == 0) return {Progress::closed};
  return {is_momentary(errno) ? Progress::would_block : Progress::failed};
}

Transfer send(int socket, std::span<const iovec> parts) noexcept {
  ssize_t bytes;
  if (parts.size() == 1) {
    bytes = ::send(socket, parts[0].iov_base, parts[0].iov_len, MSG_DONTWAIT | MSG_NOSIGNAL);
  } else {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts.data());
    message.msg_iovlen = parts.size();
    bytes = ::sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  return transfer_of(bytes, errno);
}

void end_sending(int socket) noexcept { ::shutdown(socket, SHUT_WR); }

void set_options(int socket) noexcept {
  set(socket, SOL_SOCKET, SO_SNDBUF, kSendBufferBytes);
  // On a Unix socket these two fail, and there is nothing to set.
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, IPPROTO_TCP, TCP_NOTSENT_LOWAT, kNotSentBytesMax);
}

std::optional<SendQueue> send_queue_of(int socket) noexcept {
  tcp_info info{};
  socklen_t bytes = sizeof info;
  if (::getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0) return std::nullopt;
  return SendQueue{.unacknowledged_segments = info.tcpi_unacked,
                   .unsent_bytes = info.tcpi_notsent_bytes,
                   .since_acknowledgement = std::chrono::milliseconds{info.tcpi_last_ack_recv},
                   .acknowledged_bytes = info.tcpi_bytes_acked};
}

bool is_stalled(const std::optional<SendQueue>& queue, bool is_writable, Duration timeout) noexcept {
  if (!queue) return !is_writable;
  if (queue->unacknowledged_segments == 0) return !is_writable || queue->unsent_bytes > 0;
  // A line so slow that what should break the silence has not come through yet, but alive: what is before it is being acknowledged.
  return queue->since_acknowledgement < timeout;
}

}  // namespace starling::net

#include "starling/load/wire.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "starling/core/base/check.hpp"
#include "starling/io/net/socket.hpp"

namespace starling::load {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

Wire::Wire(net::EventLoop& loop, const Door& door, int receive_bytes, WireHandlers handlers) : handlers_(std::move(handlers)) {
  net::Descriptor socket{::socket(door.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (socket.is_open() && receive_bytes > 0) ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  if (!socket.is_open() ||
      (::connect(socket.number(), reinterpret_cast<const sockaddr*>(&door.address), door.address_bytes) != 0 && errno != EINPROGRESS)) {
    state_ = State::lost;
    why_lost_ = std::strerror(errno);
    return;
  }
  net::set_options(socket.number());
  socket_.emplace(loop, std::move(socket), door.tls, door.certificate_host);
  socket_->await_writable([this] { finish_connect(); });
}

void Wire::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(socket_->number(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) return lose(std::strerror(error));
  state_ = State::open;
  handlers_.on_open();
  await_bytes();
}

void Wire::flush() {
  if (awaits_writable_ || state_ != State::open) return;
  std::size_t sent_bytes = 0;
  while (sent_bytes < out_.size()) {
    const iovec part{out_.data() + sent_bytes, out_.size() - sent_bytes};
    const net::Transfer sent = socket_->send({&part, 1});
    if (sent.progress == net::Progress::done) {
      sent_bytes += sent.bytes;
      continue;
    }
    if (sent.progress == net::Progress::would_block) {
      awaits_writable_ = true;
      socket_->await_writable([this] {
        awaits_writable_ = false;
        flush();
      });
    }
    break;  // of a line that is gone reading finds out
  }
  out_.erase(0, sent_bytes);
}

void Wire::go_on() {
  is_paused_ = false;
  await_bytes();
}

void Wire::cut(Ending ending, std::string why) {
  if (state_ == State::lost) return;
  if (ending == Ending::reset) {
    constexpr linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_->number(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }
  handlers_.on_lost = nullptr;
  lose(std::move(why));
}

void Wire::await_bytes() {
  if (state_ != State::open || is_paused_ || std::exchange(awaits_readable_, true)) return;
  socket_->await_readable([this] {
    awaits_readable_ = false;
    if (!is_paused_) receive();
  });
}

void Wire::receive() {
  std::array<std::uint8_t, kReadBytes> buffer;
  const net::Transfer got = socket_->receive(buffer);
  if (got.progress == net::Progress::closed || got.progress == net::Progress::failed) {
    const std::string failure = socket_->failure_text();
    return lose(failure.empty() ? "the server hung up" : failure);
  }
  if (got.progress == net::Progress::done) {
    received_bytes_ += got.bytes;
    handlers_.on_bytes({buffer.data(), got.bytes});
  }
  await_bytes();
}

void Wire::lose(std::string why) {
  state_ = State::lost;
  why_lost_ = std::move(why);
  socket_.reset();
  out_.clear();
  if (handlers_.on_lost) handlers_.on_lost();
}

}  // namespace starling::load

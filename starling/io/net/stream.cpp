#include "starling/io/net/stream.hpp"

#include <utility>

#include "starling/core/base/check.hpp"

namespace starling::net {

Stream::Stream(EventLoop& loop, Descriptor socket, std::shared_ptr<const TlsContext> tls, std::string_view host)
    : socket_(loop, std::move(socket)) {
  if (tls) tls_ = std::shared_ptr<Tls>{new Tls{loop, {std::move(tls), socket_.number(), host}}};
}

void Stream::end_sending() {
  if (!tls_ || tls_->session.end_sending()) {
    net::end_sending(number());
    return;
  }
  // Full up to the last byte. A moved stream takes descriptor and session along, so neither is asked for by `this`.
  socket_.await_writable([tls = std::weak_ptr{tls_}, socket = number()] {
    const auto still = tls.lock();
    // A socket that is writable takes the few bytes of an alert; if not even those, the end will have to do.
    if (!still) return;
    (void)still->session.end_sending();
    net::end_sending(socket);
  });
}

void Stream::drop_tls() noexcept {
  STARLING_CHECK(is_plain_http());  // never in the clear with somebody who speaks TLS
  tls_.reset();
}

void Stream::await_readable(Step then) {
  if (!tls_) {
    socket_.await_readable(std::move(then));
  } else if (tls_->session.has_received() || tls_->session.is_broken()) {
    tls_->loop.defer([tls = std::weak_ptr{tls_}, then = std::move(then)] {
      if (const auto still = tls.lock(); still && !still->is_closed) then();
    });
  } else if (tls_->session.does_receive_await_writable()) {
    socket_.await_writable(std::move(then));
  } else {
    socket_.await_readable(std::move(then));
  }
}

void Stream::await_writable(Step then) {
  if (!tls_ || !tls_->session.does_send_await_readable()) {
    socket_.await_writable(std::move(then));
    return;
  }
  // What it waits for may also be taken in by `receive`, and then the socket has nothing more to say.
  tls_->awaits_handshake = std::move(then);
  socket_.await_readable([tls = std::weak_ptr{tls_}] { go_on_sending(tls); });
}

Transfer Stream::receive_tls(std::span<std::uint8_t> into) noexcept {
  const Transfer received = tls_->session.receive(into);
  if (tls_->awaits_handshake && tls_->session.is_established())
    tls_->loop.defer([tls = std::weak_ptr{tls_}] { go_on_sending(tls); });
  return received;
}

void Stream::go_on_sending(const std::weak_ptr<Tls>& tls) {
  const auto still = tls.lock();
  if (!still || still->is_closed) return;
  if (const auto then = std::exchange(still->awaits_handshake, nullptr)) then();
}

}  // namespace starling::net

/// @file
/// A connected socket, plain or under TLS: what connections read, write and wait on.
///
/// Plain is a branch and the system call, as if this class were not there. Under TLS readiness is not the socket's alone: decrypted bytes may wait
/// inside, and either direction may need the other for a moment. `await_readable` and `await_writable` see to that, so an
/// owner's loop is the same for both: call until `would_block`, then await.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/socket.hpp"
#include "starling/io/net/tls_session.hpp"

namespace starling::net {

class Stream {
 public:
  /// Under TLS if there is a context. `host` is whose certificate a client wants to see; a server gives none.
  Stream(EventLoop& loop, Descriptor socket, std::shared_ptr<const TlsContext> tls = nullptr, std::string_view host = {});
  Stream(Stream&&) noexcept = default;
  Stream& operator=(Stream&&) noexcept = delete;

  /// As `net::receive`. A peer that hangs up without a close_notify has hung up: `closed`.
  [[nodiscard]] Transfer receive(std::span<std::uint8_t> into) noexcept {
    return tls_ ? receive_tls(into) : net::receive(number(), into);
  }
  /// As `net::send`; under TLS one record at most. After `would_block` the next call must begin with the same bytes.
  [[nodiscard]] Transfer send(std::span<const iovec> parts) noexcept {
    return tls_ ? tls_->session.send(parts) : net::send(number(), parts);
  }
  /// Says the end of what we send, all of which `send` has taken; reading goes on. Nothing must be awaiting writability.
  void end_sending();
  /// Calls `then` once, when `receive` may get on (or has failed). One wait of each kind at a time.
  void await_readable(Step then);
  void await_writable(Step then);
  /// The peer began a plain HTTP request where it was to begin a handshake, which has failed. `drop_tls` makes it possible to tell it so.
  [[nodiscard]] bool is_plain_http() const noexcept { return tls_ && tls_->session.is_plain_http(); }
  /// From here on it is a plain stream, on which the first bytes of that request have been read.
  void drop_tls() noexcept;
  /// At once; what was awaited does not come. Under TLS the peer is told, if the socket takes that.
  void close() noexcept {
    if (tls_ && !std::exchange(tls_->is_closed, true)) tls_->session.leave();
    socket_.close();
  }

  /// -1 after `close`.
  [[nodiscard]] int number() const noexcept { return socket_.number(); }
  [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }
  /// Bytes of ours can go through: always of a plain socket, after the handshake under TLS.
  [[nodiscard]] bool is_established() const noexcept { return !tls_ || tls_->session.is_established(); }
  /// Of a handshake; the text is for people and empty where nothing failed.
  [[nodiscard]] TlsFailure failure() const noexcept { return tls_ ? tls_->session.failure() : TlsFailure::none; }
  [[nodiscard]] std::string failure_text() const { return tls_ ? tls_->session.failure_text() : std::string{}; }

 private:
  struct Tls {
    EventLoop& loop;
    TlsSession session;
    Step awaits_handshake = {};  // who wants to send, and cannot before
    bool is_closed = false;
  };

  [[nodiscard]] Transfer receive_tls(std::span<std::uint8_t> into) noexcept;
  static void go_on_sending(const std::weak_ptr<Tls>& tls);

  WatchedDescriptor socket_;
  std::shared_ptr<Tls> tls_;  // null if it is plain; shared only to know, in a step to come, whether it is still there
};

}  // namespace starling::net

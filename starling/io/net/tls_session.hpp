/// @file
/// TLS on one connected socket: bytes of ours in and out, records on the wire. The handshake happens by itself, within the first receives and sends.
///
/// A server's session owns nothing of OpenSSL before the first byte has come, so those who connect and say nothing are as cheap as without
/// TLS. Whoever owns the session waits for readiness (`Stream` does); a call never waits.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "starling/io/net/socket.hpp"
#include "starling/io/net/tls_context.hpp"
#include "starling/io/net/tls_wire.hpp"

struct ssl_st;

namespace starling::net {

/// Why a handshake failed.
enum class TlsFailure : std::uint8_t {
  none,
  not_tls,            ///< what came is no TLS: plain HTTP to a TLS port, say
  version,            ///< only versions before 1.2
  protocol,           ///< ALPN without http/1.1
  refused_by_peer,    ///< it sent an alert: it does not trust our certificate, say
  untrusted,          ///< the server's certificate could not be verified (of a client)
  hung_up,            ///< the peer hung up, or the line was cut
  timed_out,          ///< whoever waited for it did so for too long
  other,              ///< no cipher in common, garbage …
};
inline constexpr std::size_t kTlsFailures = 9;
/// As a label of metrics.
[[nodiscard]] std::string_view to_text(TlsFailure failure) noexcept;

class TlsSession {
 public:
  /// `host` is whose certificate a client wants to see, a name or an address; a server gives none.
  TlsSession(std::shared_ptr<const TlsContext> context, int socket, std::string_view host);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  [[nodiscard]] Transfer receive(std::span<std::uint8_t> into) noexcept;
  /// Takes one record at most: what `parts` begin with is gathered, encrypted and sent. After `would_block` the next call must begin with the same
  /// bytes: they are encrypted already.
  [[nodiscard]] Transfer send(std::span<const iovec> parts) noexcept;
  /// Sends close_notify; false while the socket does not take it. Reading goes on.
  [[nodiscard]] bool end_sending() noexcept;
  /// The socket is about to be closed: says good-bye if that goes at once, and touches it no more. Every call fails from here on.
  void leave() noexcept;

  /// The handshake is done: bytes of ours can go through.
  [[nodiscard]] bool is_established() const noexcept { return is_established_; }
  /// Bytes have been received and decrypted that nobody has asked for: the socket does not say so again.
  [[nodiscard]] bool has_received() const noexcept;
  /// Every call fails from here on. A send that found the line cut breaks sending only.
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
  /// What the call that would block waits for, where it is not its own direction.
  [[nodiscard]] bool does_receive_await_writable() const noexcept { return does_receive_await_writable_; }
  [[nodiscard]] bool does_send_await_readable() const noexcept { return does_send_await_readable_; }

  [[nodiscard]] TlsFailure failure() const noexcept { return failure_; }
  /// It failed as `not_tls`, at a server, by the beginning of a plain HTTP request. Nothing has been sent.
  [[nodiscard]] bool is_plain_http() const noexcept { return is_plain_http_; }
  /// For people, one line; empty where nothing failed.
  [[nodiscard]] const std::string& failure_text() const noexcept { return failure_text_; }

 private:
  [[nodiscard]] bool begin() noexcept;
  void look_at_handshake() noexcept;
  [[nodiscard]] Transfer unfinished(int result, bool& awaits_other, bool is_sending) noexcept;
  void fail_handshake() noexcept;

  using Native = std::unique_ptr<ssl_st, void (*)(ssl_st*)>;

  std::shared_ptr<const TlsContext> context_;
  TlsWire wire_;
  std::string host_;
  Native native_;
  std::size_t committed_bytes_ = 0;  // of ours, encrypted in a record that the socket has not taken
  bool does_receive_await_writable_ = false;
  bool does_send_await_readable_ = false;
  bool is_established_ = false;  // and stays so: OpenSSL calls a change of keys a handshake, too
  bool has_ended_sending_ = false;
  bool is_broken_ = false;
  bool is_sending_broken_ = false;  // only that: what the peer said before it hung up is still to be read
  TlsFailure failure_ = TlsFailure::none;
  bool is_plain_http_ = false;
  std::string failure_text_;
};

}  // namespace starling::net

#include "starling/io/net/tls_session.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "starling/core/base/check.hpp"

namespace starling::net {
namespace {

/// The most one record can hold (RFC 8446 §5.1): larger is more latency for the receiver, smaller more overhead.
constexpr std::size_t kRecordBytes = 16 << 10;
/// Read from the socket within one `receive`. Records without data for us (key updates, say) could go on without end.
constexpr std::size_t kReceivableBytes = 64 << 10;

bool is_address(const std::string& host) noexcept {
  ASN1_OCTET_STRING* address = a2i_IPADDRESS(host.c_str());
  const bool is_one = address != nullptr;
  ASN1_OCTET_STRING_free(address);
  return is_one;
}

TlsFailure failure_of(int reason) noexcept {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:  // the first bytes are no record
    case SSL_R_PACKET_LENGTH_TOO_LONG:
      return TlsFailure::not_tls;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_UNKNOWN_PROTOCOL:
      return TlsFailure::version;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return TlsFailure::protocol;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
      return TlsFailure::untrusted;
    default:
      // Alerts of the peer are numbered from here on.
      return reason >= SSL_AD_REASON_OFFSET && reason < 2 * SSL_AD_REASON_OFFSET ? TlsFailure::refused_by_peer
                                                                               : TlsFailure::other;
  }
}

}  // namespace

std::string_view to_text(TlsFailure failure) noexcept {
  switch (failure) {
    case TlsFailure::none:
      return "none";
    case TlsFailure::not_tls:
      return "not_tls";
    case TlsFailure::version:
      return "version";
    case TlsFailure::protocol:
      return "protocol";
    case TlsFailure::refused_by_peer:
      return "refused_by_peer";
    case TlsFailure::untrusted:
      return "untrusted";
    case TlsFailure::hung_up:
      return "hung_up";
    case TlsFailure::timed_out:
      return "timed_out";
    case TlsFailure::other:
      return "other";
  }
  return {};
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, int socket, std::string_view host)
    : context_(std::move(context)), wire_{.socket = socket}, host_(host), native_(nullptr, SSL_free) {
  STARLING_CHECK(context_ != nullptr);
  STARLING_CHECK(context_->is_server() == host_.empty());
}

TlsSession::~TlsSession() = default;

bool TlsSession::begin() noexcept {
  if (native_) return true;
  native_.reset(SSL_new(context_->native()));
  BIO* bio = native_ ? make_wire(context_->wire_method(), wire_) : nullptr;
  if (bio == nullptr) {
    is_broken_ = true;
    return false;
  }
  SSL* ssl = native_.get();
  SSL_set_bio(ssl, bio, bio);
  if (context_->is_server()) {
    SSL_set_accept_state(ssl);
    return true;
  }
  SSL_set_connect_state(ssl);
  const bool is_set = is_address(host_) ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host_.c_str()) == 1
                                        : SSL_set1_host(ssl, host_.c_str()) == 1 &&
                                              SSL_set_tlsext_host_name(ssl, host_.c_str()) == 1;
  if (is_set) return true;
  is_broken_ = true;  // never without a name to check
  failure_ = TlsFailure::untrusted;
  failure_text_ = fmt::format("{} is no name that a certificate can be for", host_);
  return false;
}

Transfer TlsSession::receive(std::span<std::uint8_t> into) noexcept {
  if (is_broken_ || !begin()) return {Progress::failed};
  wire_.receivable_bytes = kReceivableBytes;
  does_receive_await_writable_ = false;
  std::size_t bytes = 0;
  ERR_clear_error();
  const int result = SSL_read_ex(native_.get(), into.data(), into.size(), &bytes);
  look_at_handshake();
  if (result == 1) return {Progress::done, bytes};
  return unfinished(result, does_receive_await_writable_, false);
}

Transfer TlsSession::send(std::span<const iovec> parts) noexcept {
  if (is_sending_broken_ || is_broken_ || !begin()) return {Progress::failed};
  wire_.receivable_bytes = kReceivableBytes;  // the handshake may have to read
  does_send_await_readable_ = false;

  std::array<std::uint8_t, kRecordBytes> gathered;
  const std::size_t bytes_max = committed_bytes_ > 0 ? committed_bytes_ : gathered.size();
  const void* record = parts.front().iov_base;
  std::size_t record_bytes = std::min(parts.front().iov_len, bytes_max);
  if (record_bytes < bytes_max && parts.size() > 1) {
    record = gathered.data();
    record_bytes = 0;
    for (const iovec& part : parts) {
      const std::size_t taken = std::min(part.iov_len, bytes_max - record_bytes);
      std::memcpy(gathered.data() + record_bytes, part.iov_base, taken);
      record_bytes += taken;
      if (record_bytes == bytes_max) break;
    }
  }
  STARLING_CHECK(record_bytes >= committed_bytes_);  // the same bytes again

  std::size_t sent_bytes = 0;
  ERR_clear_error();
  const int result = SSL_write_ex(native_.get(), record, record_bytes, &sent_bytes);
  look_at_handshake();
  if (result == 1) {
    committed_bytes_ = 0;
    return {Progress::done, sent_bytes};
  }
  const Transfer transfer = unfinished(result, does_send_await_readable_, true);
  if (transfer.progress == Progress::would_block && is_established_) committed_bytes_ = record_bytes;
  return transfer;
}

bool TlsSession::end_sending() noexcept {
  if (!native_ || is_broken_ || is_sending_broken_ || committed_bytes_ > 0 || !is_established_ || has_ended_sending_) return true;
  ERR_clear_error();
  const int result = SSL_shutdown(native_.get());
  has_ended_sending_ = result >= 0;
  if (has_ended_sending_) return true;
  const bool would_block = SSL_get_error(native_.get(), result) == SSL_ERROR_WANT_WRITE;
  is_sending_broken_ = !would_block;
  return !would_block;
}

void TlsSession::leave() noexcept {
  (void)end_sending();
  is_broken_ = true;
}

void TlsSession::look_at_handshake() noexcept {
  if (!is_established_) is_established_ = SSL_is_init_finished(native_.get()) == 1;
}

bool TlsSession::has_received() const noexcept { return native_ && !is_broken_ && SSL_pending(native_.get()) > 0; }

Transfer TlsSession::unfinished(int result, bool& awaits_other, bool is_sending) noexcept {
  const int error = SSL_get_error(native_.get(), result);
  switch (error) {
    case SSL_ERROR_WANT_READ:
      awaits_other = is_sending;
      return {Progress::would_block};
    case SSL_ERROR_WANT_WRITE:
      awaits_other = !is_sending;
      return {Progress::would_block};
    case SSL_ERROR_ZERO_RETURN:
      if (!is_established_) fail_handshake();
      // A send that finds the line cut after the peer's close_notify is told of that only.
      is_sending_broken_ = is_sending_broken_ || is_sending;
      return {is_sending ? Progress::failed : Progress::closed};
    default:
      break;
  }
  if (!is_established_) fail_handshake();
  const bool is_line_cut = is_sending && is_established_ && error == SSL_ERROR_SYSCALL;
  (is_line_cut ? is_sending_broken_ : is_broken_) = true;
  ERR_clear_error();
  return {wire_.is_at_end && !is_sending ? Progress::closed : Progress::failed};
}

void TlsSession::fail_handshake() noexcept {
  if (failure_ != TlsFailure::none) return;
  const unsigned long error = ERR_peek_error();
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) {
    failure_ = TlsFailure::hung_up;
    failure_text_ = "the TLS handshake was cut short";
    return;
  }
  failure_ = failure_of(ERR_GET_REASON(error));
  is_plain_http_ = ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
  const char* text = ERR_reason_error_string(error);
  failure_text_ = fmt::format("the TLS handshake failed: {}", text == nullptr ? "OpenSSL does not say why" : text);
  switch (failure_) {
    case TlsFailure::untrusted: {
      const long verdict = SSL_get_verify_result(native_.get());
      failure_text_ = fmt::format("the certificate of {} cannot be verified: {}", host_, X509_verify_cert_error_string(verdict));
      return;
    }
    case TlsFailure::not_tls:
      failure_text_ = "the peer does not speak TLS";
      return;
    case TlsFailure::none:
    case TlsFailure::version:
    case TlsFailure::protocol:
    case TlsFailure::refused_by_peer:
    case TlsFailure::hung_up:
    case TlsFailure::timed_out:
    case TlsFailure::other:
      return;
  }
}

}  // namespace starling::net

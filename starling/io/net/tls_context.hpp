/// @file
/// What all TLS connections of one side have in common: for a server its certificate and key, for a client whom it believes. TLS 1.2 and
/// 1.3, OpenSSL's default ciphers at security level 2, no renegotiation, no compression, `http/1.1` as the only protocol (ALPN).
///
/// A context is made once and never changed: another certificate is another context. Connections keep theirs alive.
#pragma once

#include <memory>
#include <string>

#include "starling/core/base/result.hpp"

// OpenSSL's own headers stay in the .cpp files.
struct ssl_ctx_st;
struct bio_method_st;

namespace starling::net {

/// PEM files.
struct TlsFiles {
  std::string certificate;  ///< the server's first, then those up to the root, which may be left out
  std::string key;          ///< of the first certificate, without a passphrase
};

/// **Thread-safe:** one context serves all threads.
class TlsContext {
 public:
  /// Reads the files. The error is one line, what, where and cure, and holds nothing of the key.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>, std::string> for_server(const TlsFiles& files);
  /// Verifies servers by the certificates in `ca_file`, or, if it is empty, by those the system trusts.
  [[nodiscard]] static Result<std::shared_ptr<const TlsContext>, std::string> for_client(const std::string& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] bool is_server() const noexcept { return is_server_; }
  /// Of a server's certificate, for the operator: "serial 0A1B, valid until Nov 21 09:00:00 2027 GMT".
  [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }

  // For `TlsSession`.
  [[nodiscard]] ssl_ctx_st* native() const noexcept { return native_.get(); }
  [[nodiscard]] const bio_method_st* wire_method() const noexcept { return wire_method_.get(); }

 private:
  explicit TlsContext(bool is_server);

  using Native = std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)>;
  using WireMethod = std::unique_ptr<bio_method_st, void (*)(bio_method_st*)>;

  WireMethod wire_method_;
  Native native_;
  bool is_server_;
  std::string certificate_;
};

}  // namespace starling::net

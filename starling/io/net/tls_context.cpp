#include "starling/io/net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "starling/core/base/check.hpp"
#include "starling/io/net/tls_wire.hpp"

namespace starling::net {
namespace {

constexpr int kSecurityLevel = 2;  // 112 bits: RSA from 2048, no SHA-1 in signatures
constexpr std::string_view kProtocol = "http/1.1";
/// As ALPN writes a list: each name behind its length.
constexpr std::array<unsigned char, 9> kProtocols{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

/// Why the last call of OpenSSL failed, and nothing of what it was given.
std::string reason() {
  const unsigned long error = ERR_peek_error();  // the first: what follows says only where it was noticed
  ERR_clear_error();
  if (ERR_SYSTEM_ERROR(error)) return std::strerror(static_cast<int>(ERR_GET_REASON(error)));
  const char* text = ERR_reason_error_string(error);
  return text == nullptr ? "OpenSSL does not say why" : text;
}

std::string system_reason() { return std::strerror(errno); }

Owned<std::FILE> open_file(const std::string& path) {
  return {std::fopen(path.c_str(), "re"), [](std::FILE* file) { (void)std::fclose(file); }};
}

/// Nobody is asked for a passphrase: without this OpenSSL would ask at the terminal.
int no_passphrase(char*, int, int, void* was_asked) {
  *static_cast<bool*>(was_asked) = true;
  return -1;
}

std::string printed(const ASN1_TIME* time) {
  const Owned<BIO> text{BIO_new(BIO_s_mem()), BIO_free_all};
  char* bytes = nullptr;
  if (!text || ASN1_TIME_print(text.get(), time) != 1) return "?";
  const long size = BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string described(const X509* certificate) {
  const Owned<BIGNUM> serial{ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), BN_free};
  const std::unique_ptr<char, void (*)(char*)> hex{serial ? BN_bn2hex(serial.get()) : nullptr,
                                                   [](char* text) { OPENSSL_free(text); }};
  return fmt::format("serial {}, valid until {}", hex ? hex.get() : "?", printed(X509_get0_notAfter(certificate)));
}

int select_protocol(SSL*, const unsigned char** selected, unsigned char* selected_size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  if (SSL_select_next_proto(&found, selected_size, kProtocols.data(), kProtocols.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *selected = found;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContext::TlsContext(bool is_server)
    : wire_method_(make_wire_method(), BIO_meth_free),
      native_(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free),
      is_server_(is_server) {
  static_assert(kProtocols.size() == kProtocol.size() + 1 && kProtocols[0] == kProtocol.size());
  STARLING_CHECK(wire_method_ != nullptr && native_ != nullptr);
  SSL_CTX* context = native_.get();
  STARLING_CHECK(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1);
  SSL_CTX_set_security_level(context, kSecurityLevel);
  // A peer that hangs up without a close_notify has hung up: HTTP and RFC 6455 know themselves where a message ends.
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // Sessions are resumed by tickets, which the client keeps: nothing is kept here for those who are gone.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

TlsContext::~TlsContext() = default;

Result<std::shared_ptr<const TlsContext>, std::string> TlsContext::for_server(const TlsFiles& files) {
  ERR_clear_error();
  const std::shared_ptr<TlsContext> made{new TlsContext{true}};
  SSL_CTX* context = made->native();

  // Asked of the system first: OpenSSL's words for a file that is missing are long.
  if (!open_file(files.certificate)) {
    return Unexpected{fmt::format("cannot read the certificate {}: {}; name a PEM file that this user may read",
                                  files.certificate, system_reason())};
  }
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
    return Unexpected{fmt::format("cannot use the certificate {}: {}; give a PEM file, the server's certificate first",
                                  files.certificate, reason())};
  }
  const auto key_file = open_file(files.key);
  if (!key_file) {
    return Unexpected{
        fmt::format("cannot read the key {}: {}; name a PEM file that this user may read", files.key, system_reason())};
  }
  bool was_passphrase_asked = false;
  const Owned<EVP_PKEY> key{PEM_read_PrivateKey(key_file.get(), nullptr, no_passphrase, &was_passphrase_asked),
                            EVP_PKEY_free};
  if (!key && was_passphrase_asked) {
    ERR_clear_error();
    return Unexpected{
        fmt::format("cannot use the key {}: it has a passphrase; write it without one (openssl pkey)", files.key)};
  }
  if (!key) {
    ERR_clear_error();
    return Unexpected{fmt::format("cannot use the key {}: no private key in PEM is in it; give the certificate's", files.key)};
  }
  if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
    ERR_clear_error();
    return Unexpected{fmt::format("the key {} is not that of the certificate {}; give the two that were made together",
                                  files.key, files.certificate)};
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return Unexpected{fmt::format("cannot use the key {}: {}", files.key, reason())};

  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  SSL_CTX_set_num_tickets(context, 1);
  STARLING_CHECK(SSL_CTX_set_session_id_context(context, kProtocols.data(), kProtocols.size()) == 1);
  made->certificate_ = described(SSL_CTX_get0_certificate(context));
  return std::shared_ptr<const TlsContext>{made};
}

Result<std::shared_ptr<const TlsContext>, std::string> TlsContext::for_client(const std::string& ca_file) {
  ERR_clear_error();
  const std::shared_ptr<TlsContext> made{new TlsContext{false}};
  SSL_CTX* context = made->native();
  if (ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context) != 1)
      return Unexpected{fmt::format("cannot read the certificates that the system trusts: {}", reason())};
  } else if (!open_file(ca_file)) {
    return Unexpected{fmt::format("cannot read the CA certificates {}: {}; name a PEM file", ca_file, system_reason())};
  } else if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1) {
    ERR_clear_error();
    return Unexpected{fmt::format("cannot use the CA certificates {}: no certificate in PEM is in it", ca_file)};
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  STARLING_CHECK(SSL_CTX_set_alpn_protos(context, kProtocols.data(), kProtocols.size()) == 0);
  return std::shared_ptr<const TlsContext>{made};
}

}  // namespace starling::net

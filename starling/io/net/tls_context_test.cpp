#include "starling/io/net/tls_context.hpp"

#include <doctest/doctest.h>

#include "starling/io/net/tls_for_test.hpp"

namespace starling::net {
namespace {

TEST_CASE("a certificate and its key make a server") {
  const TestCertificates certificates;
  const auto made = TlsContext::for_server(certificates.make());
  REQUIRE(made);
  CHECK((*made)->is_server());
  CHECK((*made)->certificate().starts_with("serial "));
  CHECK((*made)->certificate().find("valid until ") != std::string::npos);
}

TEST_CASE("what cannot be used is said in one line, with its file, and without the key") {
  const TestCertificates certificates;
  const TlsFiles good = certificates.make();
  const TlsFiles other = certificates.make("other");
  (void)certificates.make("small", "DNS:localhost", "-newkey rsa:1024");
  certificates.openssl("pkey -in server.key -aes128 -passout pass:secret -out closed.key");
  certificates.write("empty", "");
  certificates.write("garbage", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  struct Case {
    std::string_view name;
    TlsFiles files;
    std::string_view file, why;
  };
  for (const Case& c : {
           Case{"no certificate", {certificates.file("none"), good.key}, "/none", "No such file"},
           Case{"no key", {good.certificate, certificates.file("none")}, "/none", "No such file"},
           Case{"a folder", {certificates.file(""), good.key}, "starling-tls-", "certificate"},
           Case{"an empty certificate", {certificates.file("empty"), good.key}, "/empty", "no start line"},
           Case{"an empty key", {good.certificate, certificates.file("empty")}, "/empty", "no private key"},
           Case{"a key that is none", {good.certificate, certificates.file("garbage")}, "/garbage", "no private key"},
           Case{"the key of another", {good.certificate, other.key}, "/other.key", "is not that of"},
           Case{"the two exchanged", {good.key, good.certificate}, "/server.key", "no start line"},
           Case{"a passphrase", {good.certificate, certificates.file("closed.key")}, "/closed.key", "passphrase"},
           Case{"1024 bits", {certificates.file("small.cert"), certificates.file("small.key")}, "/small.cert", "too small"},
       }) {
    CAPTURE(c.name);
    const auto made = TlsContext::for_server(c.files);
    REQUIRE(!made);
    CAPTURE(made.error());
    CHECK(made.error().find(c.file) != std::string::npos);
    CHECK(made.error().find(c.why) != std::string::npos);
    CHECK(made.error().find('\n') == std::string::npos);
    CHECK(made.error().find("AAAA") == std::string::npos);
  }
}

TEST_CASE("a client believes the system's certificates, or those of a file") {
  const TestCertificates certificates;
  const TlsFiles files = certificates.make();
  CHECK(TlsContext::for_client({}));
  CHECK(TlsContext::for_client(files.certificate));
  const auto absent = TlsContext::for_client(certificates.file("none"));
  REQUIRE(!absent);
  CHECK(absent.error().find("/none: No such file") != std::string::npos);
  const auto wrong = TlsContext::for_client(files.key);
  REQUIRE(!wrong);
  CHECK(wrong.error().find("no certificate in PEM") != std::string::npos);
}

}  // namespace
}  // namespace starling::net

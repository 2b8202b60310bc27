/// @file
/// Certificates for tests, made by `openssl` in a folder that is gone after the test.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "starling/io/net/tls_context.hpp"

namespace starling::net {

class TestCertificates {
 public:
  TestCertificates() {
    std::string name = (std::filesystem::temp_directory_path() / "starling-tls-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    folder_ = name;
  }
  ~TestCertificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  TestCertificates(const TestCertificates&) = delete;
  TestCertificates& operator=(const TestCertificates&) = delete;

  [[nodiscard]] std::string file(std::string_view name) const { return (folder_ / name).string(); }
  void write(std::string_view name, std::string_view text) const { std::ofstream{file(name)} << text; }

  /// Runs `openssl` with these words, which need no quoting, in the folder.
  void openssl(const std::string& words) const {
    const std::string command = "cd " + folder_.string() + " && openssl " + words + " >/dev/null 2>&1";
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
  }

  /// NAME.cert and NAME.key, which sign themselves.
  TlsFiles make(const std::string& name = "server", const std::string& names = "DNS:localhost,IP:127.0.0.1",
                const std::string& kind = "-newkey ec -pkeyopt ec_paramgen_curve:P-256") const {
    openssl("req -x509 " + kind + " -nodes -days 2 -subj /CN=" + name + " -addext subjectAltName=" + names + " -keyout " + name +
            ".key -out " + name + ".cert");
    return {.certificate = file(name + ".cert"), .key = file(name + ".key")};
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace starling::net

/// @file
/// The real program as a process of its own, on a core of its own, and what the kernel says of it.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include "starling/core/base/result.hpp"
#include "starling/load/process.hpp"

namespace starling::soak {

/// Confines the calling thread, and what it starts, to one core; false where there is no such core.
bool stay_on_core(int core) noexcept;

class Served {
 public:
  /// Runs `program serve` with these limits until it listens: on a port of its own choice, under TLS if `has_tls`, and on a Unix socket. Fails with
  /// what it said.
  [[nodiscard]] static Result<Served, std::string> start(const std::filesystem::path& program, const std::string& limits, bool has_tls, int core);
  Served(Served&& other) noexcept;
  Served& operator=(Served&&) = delete;
  ~Served();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string unix_socket() const { return folder_ / "socket"; }
  /// PEM, of the certificate that signs itself.
  [[nodiscard]] std::string certificate() const { return folder_ / "cert.pem"; }
  [[nodiscard]] load::Measured measured() const { return load::measured(std::to_string(pid_)).value_or(load::Measured{}); }
  /// Asks it to end; empty if it did so in time and well, else what was wrong.
  [[nodiscard]] std::string stop();

 private:
  Served(pid_t pid, std::filesystem::path folder) : pid_(pid), folder_(std::move(folder)) {}
  [[nodiscard]] std::string said() const;

  pid_t pid_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
};

}  // namespace starling::soak

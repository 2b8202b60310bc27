/// @file
/// What `starling-soak` plays: viewers that join, leave, stall and resume for minutes, while a fleet reports; and what must stand still meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace starling::soak {

struct SoakOptions {
  std::filesystem::path program;  ///< `starling`
  double minutes = 10;
  std::size_t viewers = 2'000;
  std::uint32_t entities = 10'000;
  std::size_t updates_per_second = 5'000;
  std::size_t log_mib = 8;        ///< some seconds of what is reported: it goes past those who stall for long
  bool has_tls = true;  ///< every other viewer speaks TLS, the others are on a Unix socket; else all are on TCP, plain
  std::uint64_t seed = 1;
};

/// Prints a table and a line of JSON. What did not hold; empty if all did.
[[nodiscard]] std::vector<std::string> play_soak(const SoakOptions& options);

}  // namespace starling::soak

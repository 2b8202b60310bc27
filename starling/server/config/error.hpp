/// @file
/// A mistake in the configuration, as the operator is told it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace starling::config {

/// Where something stands in the file; both count from 1. Line 0: nowhere in particular.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  auto operator<=>(const Place&) const = default;
};

struct ConfigError {
  std::string file;
  Place place;
  std::string message;  ///< what is wrong and the cure, on one line; never holds a secret

  /// "starling.toml:12:3: unknown key …"; without a place "starling.toml: …".
  [[nodiscard]] std::string text() const;
};

/// Gathers the mistakes of one file, so that all are told at once.
class ErrorList {
 public:
  explicit ErrorList(std::string_view file) : file_(file) {}
  void add(Place place, std::string message) { errors_.push_back({file_, place, std::move(message)}); }
  [[nodiscard]] bool is_empty() const noexcept { return errors_.empty(); }
  /// In the order of the file.
  [[nodiscard]] std::vector<ConfigError> take_sorted();

 private:
  std::string file_;
  std::vector<ConfigError> errors_;
};

}  // namespace starling::config

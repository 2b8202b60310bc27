/// @file
/// The part of a URL behind the '?', and percent-encoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace starling::http {

/// "%3A" → ":". Nullopt if a '%' is not followed by two hex digits. `+` stays.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text);

class Query {
 public:
  /// Nullopt if a '%' is not followed by two hex digits. `+` is a space, as forms write it.
  [[nodiscard]] static std::optional<Query> parse(std::string_view text);

  /// The first value of this name.
  [[nodiscard]] std::optional<std::string> find(std::string_view name) const;
  /// Every value of this name, in order.
  [[nodiscard]] std::vector<std::string> all(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

/// "a,b,,c" → a, b, c.
[[nodiscard]] std::vector<std::string> split_list(std::string_view text);

}  // namespace starling::http

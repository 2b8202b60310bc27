/// @file
/// Which subscription a topic came by, and what its wildcards stood for (MQTT 3.1.1 §4.7).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace starling::sources::mapping {

/// A topic filter such as "sensors/+/state" or "fleet/#".
class TopicFilter {
 public:
  /// nullopt if `filter` breaks the rules: empty, `+` not alone on its level, `#` not alone on the last.
  /// Of a shared subscription ("$share/group/filter") only the filter counts.
  [[nodiscard]] static std::optional<TopicFilter> parse(std::string_view filter);

  /// What the wildcards stand for, in order: a `+` for its level, the `#` for the rest with its slashes (empty when
  /// the topic ends where it begins). nullopt if the topic does not match. The slices are of `topic`.
  [[nodiscard]] std::optional<std::vector<std::string_view>> match(std::string_view topic) const;

  /// How many wildcards there are.
  [[nodiscard]] std::size_t wildcards() const noexcept { return wildcards_; }

 private:
  std::vector<std::string> levels_;
  std::size_t wildcards_ = 0;
};

}  // namespace starling::sources::mapping

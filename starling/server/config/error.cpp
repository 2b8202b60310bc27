#include "starling/server/config/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace starling::config {

std::string ConfigError::text() const {
  if (place.line == 0) return fmt::format("{}: {}", file, message);
  return fmt::format("{}:{}:{}: {}", file, place.line, place.column, message);
}

std::vector<ConfigError> ErrorList::take_sorted() {
  std::ranges::stable_sort(errors_, {}, &ConfigError::place);
  return std::exchange(errors_, {});
}

}  // namespace starling::config

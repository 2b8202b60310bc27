/// @file
/// Lines that remove the keys n0, n1 … which a run has made, as bodies of some lines each.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/json.hpp"

namespace starling::load {

/// Every `stride`-th of `keys` keys, from `first` on.
[[nodiscard]] inline std::vector<std::string> removals(std::string_view channel, std::size_t keys, std::size_t first, std::size_t stride, std::size_t lines_per_body) {
  const std::string channel_value = json::quoted(channel);
  std::vector<std::string> bodies;
  std::string body;
  std::size_t lines = 0;
  for (std::size_t key = first; key < keys; key += stride) {
    body += fmt::format("{{\"channel\":{},\"key\":\"n{}\",\"op\":\"remove\"}}\n", channel_value, key);
    if (++lines % lines_per_body == 0) bodies.push_back(std::exchange(body, {}));
  }
  if (!body.empty()) bodies.push_back(std::move(body));
  return bodies;
}

}  // namespace starling::load

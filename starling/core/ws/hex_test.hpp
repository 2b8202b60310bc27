/// @file
/// Bytes as the RFC prints them, for the tests of this folder.
#pragma once

#include <string>
#include <string_view>

#include "starling/core/base/check.hpp"

namespace starling::ws {

/// "81 05 48": digits of either case, in pairs, with spaces between pairs where they please.
inline std::string from_hex(std::string_view text) {
  const auto value_of = [text](char digit) -> int {
    if (digit >= '0' && digit <= '9') return digit - '0';
    const char letter = static_cast<char>(digit | 0x20);
    STARLING_CHECK(letter >= 'a' && letter <= 'f', std::string{text});
    return letter - 'a' + 10;
  };
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ') continue;
    STARLING_CHECK(i + 1 < text.size(), std::string{text});
    bytes.push_back(static_cast<char>(value_of(text[i]) << 4 | value_of(text[i + 1])));
    ++i;
  }
  return bytes;
}

}  // namespace starling::ws

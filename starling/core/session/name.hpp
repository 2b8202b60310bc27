/// @file
/// What `welcome` calls a session: short, so that it needs no memory of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "starling/core/base/check.hpp"

namespace starling::session {

class Name {
 public:
  static constexpr std::size_t kBytesMax = 15;

  /// Of at most so many bytes (checked).
  explicit Name(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    STARLING_CHECK(text.size() <= kBytesMax, text.size());
    std::ranges::copy(text, text_.begin());
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, kBytesMax> text_{};
  std::uint8_t size_;
};
static_assert(sizeof(Name) == 16);  // half a string: one a session

}  // namespace starling::session

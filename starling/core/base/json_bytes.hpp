/// @file
/// Classes of bytes in JSON, and the search for the next byte that matters inside a string.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace starling::json::detail {

using ByteClass = std::uint8_t;
inline constexpr ByteClass kMark = 1;     ///< `"` and `\`
inline constexpr ByteClass kControl = 2;  ///< below 0x20: never inside a string
inline constexpr ByteClass kForeign = 4;  ///< beyond ASCII
inline constexpr ByteClass kDigit = 8;
inline constexpr ByteClass kSpace = 16;  ///< the four of RFC 8259 §2
inline constexpr ByteClass kScalarEnd =
    32;  ///< what follows a number, true, false or null in compact text: `,` `]` `}`
inline constexpr ByteClass kNesting = 64;  ///< quotes and brackets: what matters for finding where a container ends

inline constexpr std::array<ByteClass, 256> kClasses = [] {
  std::array<ByteClass, 256> classes{};
  const auto add = [&classes](std::string_view bytes, ByteClass c) {
    for (const char byte : bytes) classes[static_cast<std::uint8_t>(byte)] |= c;
  };
  for (std::size_t byte = 0; byte < 0x20; ++byte) classes[byte] |= kControl;
  for (std::size_t byte = 0x80; byte < 0x100; ++byte) classes[byte] |= kForeign;
  add("\"\\", kMark);
  add("0123456789", kDigit);
  add(" \t\n\r", kSpace);
  add(",]}", kScalarEnd);
  add("\"{}[]", kNesting);
  return classes;
}();

inline bool is(char byte, ByteClass c) noexcept { return (kClasses[static_cast<std::uint8_t>(byte)] & c) != 0; }

/// The first byte from `at` on that is of a class in `stops` (of kMark, kControl, kForeign), or `end`.
///
/// Looks at eight bytes at a time. A borrow may mark bytes after a true hit, never before one: the lowest mark is
/// exact.
template <ByteClass stops>
const char* find_in_string(const char* at, const char* end) noexcept {
  static_assert((stops & ~(kMark | kControl | kForeign)) == 0);
  constexpr std::uint64_t kOnes = 0x0101010101010101u;
  constexpr std::uint64_t kHighBits = kOnes * 0x80;
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::uint64_t hits = 0;
    if constexpr ((stops & kMark) != 0) {
      const std::uint64_t quotes = word ^ (kOnes * '"');
      const std::uint64_t backslashes = word ^ (kOnes * '\\');
      hits |= ((quotes - kOnes) & ~quotes) | ((backslashes - kOnes) & ~backslashes);
    }
    if constexpr ((stops & kControl) != 0) hits |= (word - kOnes * 0x20) & ~word;
    if constexpr ((stops & kForeign) != 0) hits |= word;
    hits &= kHighBits;
    if (hits != 0) return at + std::countr_zero(hits) / 8;
    at += 8;
  }
  while (at < end && !is(*at, stops)) ++at;
  return at;
}

/// 0–15, or -1 if `digit` is none.
inline int hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  const int letter = digit | 0x20;
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

constexpr bool is_high_surrogate(std::uint32_t unit) noexcept { return (unit & 0xFC00) == 0xD800; }
constexpr bool is_low_surrogate(std::uint32_t unit) noexcept { return (unit & 0xFC00) == 0xDC00; }

}  // namespace starling::json::detail

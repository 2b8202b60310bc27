/// @file
/// Is it UTF-8? Whole texts, and texts that arrive in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace starling {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms, nothing beyond U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// How many bytes the character at the front of `text` has (1–4), or 0 if there is no well-formed one.
[[nodiscard]] std::size_t utf8_character_bytes(std::string_view text) noexcept;

/// Checks a text that comes in pieces: fails at the first byte that no continuation can mend.
class Utf8Checker {
 public:
  /// False as soon as the text so far cannot become UTF-8; stays false.
  [[nodiscard]] bool feed(std::string_view piece) noexcept;
  /// Whether the text so far ends between characters.
  [[nodiscard]] bool is_complete() const noexcept { return ok_ && wanted_ == 0; }
  void reset() noexcept { *this = Utf8Checker{}; }

 private:
  std::uint8_t wanted_ = 0;    ///< continuation bytes still to come
  std::uint8_t low_ = 0x80;    ///< allowed range of the next one
  std::uint8_t high_ = 0xBF;
  bool ok_ = true;
};

}  // namespace starling

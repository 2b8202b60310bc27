#include "starling/core/base/utf8.hpp"

#include <array>
#include <cstring>

namespace starling {
namespace {

/// What a first byte asks of the bytes after it. Only the second byte's range ever differs from 80–BF: that is where
/// overlong forms (E0, F0), surrogates (ED) and what lies beyond U+10FFFF (F4) are told apart.
struct Lead {
  std::uint8_t wanted = 0;  ///< continuation bytes
  std::uint8_t low = 0;     ///< range of the first of them; empty (0–0) if this byte starts nothing
  std::uint8_t high = 0;
};

constexpr std::array<Lead, 256> kLeads = [] {
  std::array<Lead, 256> leads{};
  for (std::size_t byte = 0xC2; byte <= 0xDF; ++byte) leads[byte] = {1, 0x80, 0xBF};
  for (std::size_t byte = 0xE0; byte <= 0xEF; ++byte) leads[byte] = {2, 0x80, 0xBF};
  for (std::size_t byte = 0xF0; byte <= 0xF4; ++byte) leads[byte] = {3, 0x80, 0xBF};
  leads[0xE0].low = 0xA0;
  leads[0xED].high = 0x9F;
  leads[0xF0].low = 0x90;
  leads[0xF4].high = 0x8F;
  return leads;
}();

std::uint8_t byte_at(std::string_view text, std::size_t at) noexcept { return static_cast<std::uint8_t>(text[at]); }

/// The first byte at or after `at` that is not ASCII.
std::size_t skip_ascii(std::string_view text, std::size_t at) noexcept {
  static constexpr std::uint64_t kHighBits = 0x8080808080808080u;
  while (text.size() - at >= sizeof(std::uint64_t)) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & kHighBits) != 0) break;
    at += sizeof word;
  }
  while (at < text.size() && byte_at(text, at) < 0x80) ++at;
  return at;
}

}  // namespace

std::size_t utf8_character_bytes(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const std::uint8_t first = byte_at(text, 0);
  if (first < 0x80) return 1;
  const Lead lead = kLeads[first];
  if (lead.wanted == 0 || text.size() <= lead.wanted) return 0;
  if (byte_at(text, 1) < lead.low || byte_at(text, 1) > lead.high) return 0;
  for (std::size_t at = 2; at <= lead.wanted; ++at) {
    if ((byte_at(text, at) & 0xC0) != 0x80) return 0;
  }
  return std::size_t{1} + lead.wanted;
}

bool is_utf8(std::string_view text) noexcept {
  std::size_t at = skip_ascii(text, 0);
  while (at < text.size()) {
    const std::size_t bytes = utf8_character_bytes(text.substr(at));
    if (bytes == 0) return false;
    at += bytes;
    // Letters beyond ASCII come in runs: look for ASCII only where it starts again.
    if (at < text.size() && byte_at(text, at) < 0x80) at = skip_ascii(text, at);
  }
  return true;
}

bool Utf8Checker::feed(std::string_view piece) noexcept {
  if (!ok_) return false;
  std::size_t at = 0;
  while (at < piece.size()) {
    if (wanted_ == 0) {
      at = skip_ascii(piece, at);
      if (at == piece.size()) break;
      const Lead lead = kLeads[byte_at(piece, at++)];
      if (lead.wanted == 0) return ok_ = false;
      wanted_ = lead.wanted;
      low_ = lead.low;
      high_ = lead.high;
    } else {
      const std::uint8_t byte = byte_at(piece, at++);
      if (byte < low_ || byte > high_) return ok_ = false;
      --wanted_;
      low_ = 0x80;
      high_ = 0xBF;
    }
  }
  return true;
}

}  // namespace starling

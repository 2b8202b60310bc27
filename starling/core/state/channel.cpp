#include "starling/core/state/channel.hpp"

#include <algorithm>

#include "starling/core/base/utf8.hpp"

namespace starling::state {
namespace {

bool is_name_part(std::string_view part) noexcept {
  return !part.empty() && part.size() <= kChannelPartBytesMax && std::ranges::all_of(part, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  });
}

}  // namespace

bool is_channel_name(std::string_view name) noexcept {
  const std::size_t colon = name.find(':');
  return colon != std::string_view::npos && is_name_part(name.substr(0, colon)) && is_name_part(name.substr(colon + 1));
}

bool is_key(std::string_view key) noexcept {
  if (key.empty() || key.size() > 256) return false;
  const bool has_control = std::ranges::any_of(key, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (has_control || !is_utf8(key)) return false;
  // U+0080–U+009F are control characters too: C2 80 … C2 9F.
  for (std::size_t i = 0; i + 1 < key.size(); ++i) {
    if (key[i] == '\xC2' && static_cast<unsigned char>(key[i + 1]) < 0xA0) return false;
  }
  return true;
}

}  // namespace starling::state

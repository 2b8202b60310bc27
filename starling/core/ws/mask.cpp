#include "starling/core/ws/mask.hpp"

#include <cstddef>
#include <cstring>

namespace starling::ws {

void mask(std::span<std::uint8_t> payload, MaskingKey key, std::uint64_t offset) noexcept {
  // The key as it lies over eight payload bytes from `offset` on. Copied as bytes, so the byte order of the machine
  // is no matter.
  std::array<std::uint8_t, 8> turned;
  for (std::size_t i = 0; i < turned.size(); ++i) turned[i] = key[(offset + i) % 4];
  std::uint64_t wide_key;
  std::memcpy(&wide_key, turned.data(), sizeof wide_key);

  std::size_t at = 0;
  for (; payload.size() - at >= sizeof wide_key; at += sizeof wide_key) {
    std::uint64_t word;
    std::memcpy(&word, payload.data() + at, sizeof word);
    word ^= wide_key;
    std::memcpy(payload.data() + at, &word, sizeof word);
  }
  mask_plain(payload.subspan(at), key, offset + at);
}

void mask_plain(std::span<std::uint8_t> payload, MaskingKey key, std::uint64_t offset) noexcept {
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<std::uint8_t>(payload[i] ^ key[(offset + i) % 4]);
  }
}

}  // namespace starling::ws

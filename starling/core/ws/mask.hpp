/// @file
/// What a client does to every payload it sends, and a server undoes (RFC 6455 §5.3). Masking twice is nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace starling::ws {

/// Four bytes, new for every frame, that nobody but the client can foresee.
using MaskingKey = std::array<std::uint8_t, 4>;

/// Masks or unmasks `payload` in place. `offset` is where in the frame's payload its first byte stands, for payloads
/// that come in pieces.
void mask(std::span<std::uint8_t> payload, MaskingKey key, std::uint64_t offset = 0) noexcept;

/// The same byte by byte, as the RFC writes it: what `mask` is held to.
void mask_plain(std::span<std::uint8_t> payload, MaskingKey key, std::uint64_t offset = 0) noexcept;

}  // namespace starling::ws

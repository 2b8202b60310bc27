/// @file
/// Changes the frames of a WebSocket connection as somebody would who knows RFC 6455, so that more of a fuzzer's inputs are conversations.
///
/// Raw bytes seldom survive a header: a changed length shifts everything behind it. Here the bytes are taken apart into frames, a few of them are
/// split, repeated, interleaved with control frames, given another opcode, length or content, and written again. All of it follows from the seed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::fuzz {

struct WireFrame {
  std::uint8_t first = 0x81;  ///< FIN, reserved bits, opcode
  bool is_masked = false;
  std::array<std::uint8_t, 4> mask{};
  std::string payload;             ///< not masked
  std::uint8_t length_bytes = 0;   ///< 0: as few as it takes; else 2 or 8, needed or not
  bool operator==(const WireFrame&) const = default;
};

/// Any bytes are frames, the last of them perhaps of less payload than it declared.
[[nodiscard]] std::vector<WireFrame> frames_of(std::string_view wire);
[[nodiscard]] std::string wire_of(const std::vector<WireFrame>& frames);

/// `wire` with a few changes, of at most `bytes_max` bytes; empty if nothing fits. New frames are masked or not as the first one is.
/// `change_payload` gives another content for that of a data frame.
[[nodiscard]] std::string mutate_frames(std::string_view wire, Random& random, std::size_t bytes_max,
                                        const std::function<std::string(std::string_view payload, Random& random)>& change_payload);

}  // namespace starling::fuzz

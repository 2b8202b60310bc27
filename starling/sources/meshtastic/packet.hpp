/// @file
/// What every packet of Meshtastic's JSON says, whatever its type: where it was heard, whom it is from, whole numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/sources/decoder.hpp"

namespace starling::sources::meshtastic {

/// To whom what is meant for all is sent; nobody is called so.
inline constexpr std::uint32_t kEverybody = 0xFFFFFFFF;

/// "!0a1b2c3d"; everybody is "!ffffffff".
[[nodiscard]] std::string node_key(std::uint32_t number);

/// "!<gateway>" if `topic` is `<root>/2/json/<channel>/!<gateway>`.
[[nodiscard]] std::optional<std::string_view> gateway_of(std::string_view topic);

/// A member of a compact object that may be absent or null, else a whole number within 32 bits, signed or unsigned.
/// `path` stands before the name in an error: "payload.".
[[nodiscard]] Result<std::optional<std::int64_t>, DecodeError> whole_of(std::string_view object, std::string_view name,
                                                                        std::string_view path);

/// Whom a packet is from: a node, so neither 0 nor everybody.
[[nodiscard]] Result<std::uint32_t, DecodeError> originator_of(std::string_view packet);

}  // namespace starling::sources::meshtastic

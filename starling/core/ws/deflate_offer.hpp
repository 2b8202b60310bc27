/// @file
/// Which compression two ends agree on: `permessage-deflate` (RFC 7692 §7.1), as a server and as a client.
///
/// Our frames are shared by everybody who is told the same, so each is deflated by itself, with a window of 32 KiB: whatever
/// was agreed with one of them holds for all. Hence a server always answers `server_no_context_takeover`, and declines an offer
/// that asks for a smaller window of ours. It asks for `client_no_context_takeover` in return, because all connections of a
/// thread share one inflater (docs/decisions/0006-shared-deflate.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"

namespace starling::ws {

/// log2 of the window, in a parameter's value (§7.1.2).
inline constexpr unsigned kWindowBitsMin = 8;
inline constexpr unsigned kWindowBitsMax = 15;

enum class ExtensionError : std::uint8_t {
  malformed,          ///< not RFC 6455 §9.1
  other_extension,    ///< an answer names an extension that was not offered, or more than one
  unknown_parameter,  ///< an answer has a parameter that RFC 7692 does not know, or one that was not offered and had to be
  parameter_twice,
  bad_value,          ///< not 8 to 15 where that is needed, or a value where none may be
};

/// One line for a close reason or a log.
[[nodiscard]] std::string_view describe(ExtensionError error) noexcept;

// ---- The server's side ----------------------------------------------------------------------------------

/// The value of the `Sec-WebSocket-Extensions` that answers headers with these values: the first offer that can be served.
///
/// Nullopt if there is none: then there is no such header, and no extension. An offer that is invalid is declined by itself.
/// Fails (`malformed`) on what breaks the grammar: then there is no connection (RFC 6455 §9.1).
[[nodiscard]] Result<std::optional<std::string>, ExtensionError> answer_deflate_offers(std::span<const std::string_view> header_values) noexcept;

// ---- The client's side ----------------------------------------------------------------------------------

/// What we offer. We deflate each message by itself, and inflate whatever window is used. `client_max_window_bits` is not
/// offered, so that no server asks for a smaller window of ours.
inline constexpr std::string_view kDeflateOffer = "permessage-deflate; client_no_context_takeover";

struct DeflateAnswer {
  bool server_keeps_window = true;  ///< between messages: so must who inflates them
  bool operator==(const DeflateAnswer&) const = default;
};

/// What a server agreed to that was offered `kDeflateOffer`; nullopt if it has no use for it.
///
/// A server may promise more than was asked of it: `server_no_context_takeover`, and a smaller window of its own (§7.1.1.1,
/// §7.1.2.1). With anything else the connection must fail (§7.1).
[[nodiscard]] Result<std::optional<DeflateAnswer>, ExtensionError> read_deflate_answer(std::span<const std::string_view> header_values) noexcept;

}  // namespace starling::ws

/// @file
/// The 2 to 14 bytes in front of every frame (RFC 6455 §5.2), read and written.
///
/// What no valid peer sends is refused at the first byte that shows it, and in the order of the bytes: a bad header
/// is the same error whether it comes whole or byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/result.hpp"
#include "starling/core/ws/mask.hpp"

namespace starling::ws {

/// Which end of the connection we are. Clients mask what they send, servers do not (§5.1).
enum class Role : std::uint8_t { server, client };

enum class Opcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xA,
};

/// Close, ping and pong: never fragmented, at most kControlBytesMax of payload, allowed between the fragments of a
/// message (§5.5).
[[nodiscard]] bool is_control(Opcode opcode) noexcept;

inline constexpr std::size_t kFrameHeaderBytesMax = 14;
inline constexpr std::size_t kControlBytesMax = 125;

struct FrameHeader {
  bool fin = true;
  Opcode opcode = Opcode::text;
  bool masked = false;
  bool compressed = false;  ///< RSV1: the first frame of a message that is deflated (RFC 7692 §6)
  MaskingKey mask{};  ///< zeroes if not masked
  std::uint64_t payload_bytes = 0;
  std::size_t header_bytes = 2;

  bool operator==(const FrameHeader&) const = default;
};
static_assert(sizeof(FrameHeader) <= 24);  // one a connection, and there are many

enum class FrameError : std::uint8_t {
  reserved_bits,       ///< RSV1–3 set though no extension was agreed that gives them a meaning (§5.2)
  unknown_opcode,      ///< 0x3–0x7 or 0xB–0xF (§5.2)
  compressed_inside,   ///< RSV1 on a control frame or a continuation: it is of whole messages (RFC 7692 §6.1)
  control_fragmented,  ///< a control frame without FIN (§5.5)
  control_too_long,    ///< a control payload over 125 bytes (§5.5)
  mask_missing,        ///< a client did not mask (§5.1)
  mask_present,        ///< a server masked (§5.1)
  length_too_long,     ///< 2^63 bytes or more: the first bit of a 64-bit length must be 0 (§5.2)
  length_not_minimal,  ///< more length bytes than the length needs (§5.2)
};

/// One line for a close reason or a log.
[[nodiscard]] std::string_view describe(FrameError error) noexcept;

/// What was agreed on in the handshake beside RFC 6455 itself.
enum class Extensions : std::uint8_t { none, permessage_deflate };

/// Reads one frame header from the front of `input`, which `receiver` received.
///
/// Returns nullopt until all of the header is there; never looks past kFrameHeaderBytesMax.
[[nodiscard]] Result<std::optional<FrameHeader>, FrameError> read_frame_header(Bytes input, Role receiver,
                                                                               Extensions agreed = Extensions::none) noexcept;

/// Appends a header with the shortest length there is; `mask` as a client, none as a server.
///
/// The payload, masked with `mask` if there is one, must follow. `compressed` sets RSV1, on the first frame of a message only. Control frames must be whole and at most
/// kControlBytesMax.
void append_frame_header(std::string& out, Opcode opcode, bool fin, std::uint64_t payload_bytes,
                         std::optional<MaskingKey> mask = std::nullopt, bool compressed = false);

}  // namespace starling::ws

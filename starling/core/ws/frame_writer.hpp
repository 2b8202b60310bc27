/// @file
/// Whole frames, appended to what is to be sent.
///
/// `mask` is given by a client, a new one for every frame from a source nobody can foresee (RFC 6455 §5.3), and by
/// nobody else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "starling/core/ws/close_code.hpp"
#include "starling/core/ws/frame_header.hpp"
#include "starling/core/ws/mask.hpp"

namespace starling::ws {

/// What fits into a close frame beside the code, in bytes.
inline constexpr std::size_t kCloseReasonBytesMax = kControlBytesMax - sizeof(CloseCode);

/// Appends one unfragmented frame. A control payload must be at most kControlBytesMax; text must be UTF-8. `compressed`: the
/// payload is what a `Deflater` made of it.
void append_frame(std::string& out, Opcode opcode, std::string_view payload,
                  std::optional<MaskingKey> mask = std::nullopt, bool compressed = false);

/// Appends a close frame. `reason` is UTF-8, and cut at a character boundary to what fits.
///
/// `code` must be valid on the wire, or kNoStatusReceived: then the frame is empty and `reason` is left out.
void append_close(std::string& out, CloseCode code, std::string_view reason = {},
                  std::optional<MaskingKey> mask = std::nullopt);

}  // namespace starling::ws

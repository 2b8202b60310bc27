/// @file
/// A cursor as one word, `epoch:seq:view`: how readers over HTTP say how far they are.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "starling/core/protocol/client_message.hpp"

namespace starling::protocol {

/// A view's name has no colon in it; an epoch may.
[[nodiscard]] std::string write_cursor(std::string_view epoch, std::uint64_t seq, std::string_view view);
/// Nullopt if it is none that could have been written. Whether it is known here is another question (session/admission).
[[nodiscard]] std::optional<Since> read_cursor(std::string_view text);

}  // namespace starling::protocol

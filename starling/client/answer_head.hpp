/// @file
/// The head of the server's answer to our upgrade: one answer a connection, none of HTTP's framing beside a length.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "starling/core/ws/handshake.hpp"

namespace starling::client {

/// More than that before the empty line is no head.
inline constexpr std::size_t kAnswerHeadBytesMax = 16 << 10;

/// Views into the text it was read from.
struct AnswerHead {
  unsigned status = 0;
  std::vector<ws::HttpHeader> headers;

  /// The first of this name, whatever the case of its letters.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

/// `head` reaches from the status line to the empty line, both included. Nullopt if it is not HTTP/1.1 (RFC 9112 §4, §5).
[[nodiscard]] std::optional<AnswerHead> read_answer_head(std::string_view head);

}  // namespace starling::client

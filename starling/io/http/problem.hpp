/// @file
/// Refusals as problem documents (RFC 9457).
#pragma once

#include <string>
#include <string_view>

#include "starling/core/protocol/error.hpp"
#include "starling/io/http/message.hpp"

namespace starling::http {

/// `detail`: what, where, cure.
[[nodiscard]] Response problem(unsigned status, std::string_view detail);
/// The same for what a viewer would get as `error`: with its `code` and `field`.
[[nodiscard]] Response problem(const protocol::Error& error);

/// The status that says what the code says.
[[nodiscard]] unsigned status_of(protocol::ErrorCode code) noexcept;

}  // namespace starling::http

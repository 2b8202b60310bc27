/// @file
/// What is said to a client that asked for something it does not get: code, text and what to do about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/state/refusal.hpp"

namespace starling::protocol {

enum class ErrorCode : std::uint8_t {
  bad_message,
  bad_filter,
  bad_channel,
  bad_key,
  unknown_type,
  unknown_id,
  unknown_channel,
  forbidden,
  unauthorized,
  backlog,
  rate,
  unavailable,
  limit_message,
  limit_record,
  limit_fields,
  limit_keys,
  limit_channels,
  limit_state,
  limit_subscriptions,
};

/// Whether asking again can help.
enum class Retry : std::uint8_t { never, later, auth, resync };

struct Error {
  ErrorCode code = ErrorCode::bad_message;
  std::string message;                  ///< what, where, cure; never a secret
  std::string field;                    ///< path of the field at fault ("filter.bounds.north"), or empty
  std::optional<std::string> ref;       ///< JSON text of the message's own `ref`, given back as it came
  std::optional<std::int64_t> id;       ///< the subscription it concerns
};

[[nodiscard]] std::string_view to_text(ErrorCode code) noexcept;
[[nodiscard]] Retry retry_of(ErrorCode code) noexcept;
[[nodiscard]] std::string_view to_text(Retry retry) noexcept;
/// The error for an update the hub did not take.
[[nodiscard]] Error error_of(state::Refusal refusal);

}  // namespace starling::protocol

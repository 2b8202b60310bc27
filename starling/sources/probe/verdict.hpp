/// @file
/// How a service is, by what it answers.
#pragma once

#include <cstdint>
#include <string_view>

namespace starling::sources::probe {

enum class Health : std::uint8_t {
  healthy,
  degraded,     ///< it says so itself
  unhealthy,    ///< it says so, or answers with another status than 2xx, or with what is no HTTP
  unreachable,  ///< it does not answer
};

[[nodiscard]] std::string_view to_text(Health health) noexcept;

/// What an answer says: 2xx is healthy, unless its body is a JSON object whose `status` is "degraded" or "unhealthy". A body that cannot be read says nothing.
[[nodiscard]] Health judge(unsigned status, std::string_view body);

}  // namespace starling::sources::probe

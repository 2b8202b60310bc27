/// @file
/// Durations as the configuration writes them: "100ms", "1.5s", "24h".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/time.hpp"

namespace starling::config {

/// Reads a number with one of the units us, ms, s, m, h, d; "0s" is zero, a bare number is nothing.
[[nodiscard]] std::optional<Duration> read_duration(std::string_view text) noexcept;

/// The same back, in the largest unit that leaves a whole number.
[[nodiscard]] std::string format_duration(Duration duration);

}  // namespace starling::config

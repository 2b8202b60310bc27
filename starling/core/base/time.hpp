/// @file
/// Two times that must not be mixed: an `Instant` of a clock that never runs backwards (pace, heartbeats, limits), and a
/// `Timestamp` of the calendar (when something was said). Core reads neither; both come in as a `Moment`.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace starling {

using Duration = std::chrono::microseconds;

struct SteadyTime {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<SteadyTime>;
  static constexpr bool is_steady = true;
};
/// Microseconds of a steady clock, from an origin that means nothing.
using Instant = SteadyTime::time_point;

struct UnixTime {
  using duration = std::chrono::milliseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<UnixTime>;
  static constexpr bool is_steady = false;
};
/// Milliseconds since 1970-01-01T00:00:00Z.
using Timestamp = UnixTime::time_point;

/// Now, on both clocks.
struct Moment {
  Instant instant;
  Timestamp timestamp;
};

/// "2026-11-21T09:00:00.000Z": RFC 3339 in UTC with milliseconds. Years outside 0–9999 are clamped to them.
[[nodiscard]] std::string format_rfc3339(Timestamp time);

/// Reads an RFC 3339 date-time with any offset and any number of digits of the second (cut to milliseconds).
/// A leap second (:60) reads as the second after. Returns nullopt for anything else.
[[nodiscard]] std::optional<Timestamp> parse_rfc3339(std::string_view text) noexcept;

}  // namespace starling

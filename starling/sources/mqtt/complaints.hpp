/// @file
/// What is said about bad payloads: one line a minute, however many there are.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/time.hpp"

namespace starling::sources::mqtt {

/// The first is told at once; those of the minute after it are counted, and told together when it is over.
class Complaints {
 public:
  /// A bad payload on `topic`. Returns the line to log, if it is time for one. `now` must not run backwards.
  [[nodiscard]] std::optional<std::string> add(std::string_view topic, std::string_view reason, Instant now);

  /// The line about those that were only counted, if a minute has passed since the last line.
  [[nodiscard]] std::optional<std::string> overdue(Instant now);

 private:
  std::optional<Instant> told_;  ///< when the last line was logged
  std::uint64_t untold_ = 0;     ///< bad payloads since
  std::string last_;             ///< topic and reason of the last untold one
};

}  // namespace starling::sources::mqtt

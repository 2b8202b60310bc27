/// @file
/// What a fleet said over some minutes, as text: NDJSON, one report a line.
///
///     {"at_ms":1603,"channel":"mesh:position","key":"!6d5af1c3","data":{"latitude":37.774148,"longitude":-122.513165}}
///
/// `at_ms` counts from the start of the recording. The rest is an envelope as published: `key` (absent for events
/// without one), `data`, `op` ("merge" if absent, "replace", "remove"), `location` ({latitude, longitude} or null). A
/// report is played as of the moment it is played, so there is no `time`. Blank lines are skipped; other members are
/// ignored.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/state/update.hpp"

namespace starling::sources::recording {

struct Entry {
  std::chrono::milliseconds at;
  state::Update update;
};

struct RecordingError {
  std::size_t line;     ///< from 1
  std::string message;  ///< "field at_ms is missing"
};

/// Entries in order of time; those of one time in the order of their lines. Never changed once parsed.
class Recording {
 public:
  /// All of `text` or the first line that is wrong.
  [[nodiscard]] static Result<Recording, RecordingError> parse(std::string_view text);

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

  /// After how long a loop begins again: the time of the last entry and the pause before it once more, so that a
  /// report a second stays one a second. With one time only the pause is 1 s.
  [[nodiscard]] std::chrono::milliseconds period() const noexcept { return period_; }

 private:
  std::vector<Entry> entries_;
  std::chrono::milliseconds period_{1000};
};

}  // namespace starling::sources::recording

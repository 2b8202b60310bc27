/// @file
/// What a fleet said over some minutes, in memory: NDJSON, a `Line` each, in the order of time. A report is played as of the moment it is played,
/// whatever `time` it bore.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/state/update.hpp"
#include "starling/sources/recording/line_reader.hpp"

namespace starling::sources::recording {

struct Entry {
  std::chrono::milliseconds at;
  state::Update update;
};

/// Never changed once parsed.
class Recording {
 public:
  /// All of `text` but a last line that is cut off, or the first line that is wrong.
  [[nodiscard]] static Result<Recording, RecordingError> parse(std::string_view text);

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// Channels of which it is known that they are of events.
  [[nodiscard]] const std::set<std::string>& event_channels() const noexcept { return event_channels_; }
  /// Which line is left out because it ends too soon.
  [[nodiscard]] std::optional<std::size_t> cut_off_line() const noexcept { return cut_off_line_; }

  /// After how long a loop begins again: the time of the last entry and the pause before it once more, so that a
  /// report a second stays one a second. With one time only the pause is 1 s.
  [[nodiscard]] std::chrono::milliseconds period() const noexcept { return period_; }

 private:
  std::vector<Entry> entries_;
  std::set<std::string> event_channels_;
  std::optional<std::size_t> cut_off_line_;
  std::chrono::milliseconds period_{1000};
};

}  // namespace starling::sources::recording

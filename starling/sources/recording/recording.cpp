#include "starling/sources/recording/recording.hpp"

#include <algorithm>

namespace starling::sources::recording {

Result<Recording, RecordingError> Recording::parse(std::string_view text) {
  Recording recording;
  LineReader reader;
  reader.feed(text);
  reader.end();
  while (true) {
    auto next = reader.next();
    if (!next) return Unexpected{std::move(next).error()};
    if (!*next) break;
    Line& line = (*next)->line;
    if (!line.report) continue;
    state::Update& update = line.report->update;
    if (line.report->is_event) recording.event_channels_.insert(update.channel);
    recording.entries_.push_back({line.at, std::move(update)});
  }
  recording.cut_off_line_ = reader.cut_off_line();
  const auto& entries = recording.entries_;
  if (entries.empty()) return recording;
  const auto last = entries.back().at;
  const auto first_of_last = std::lower_bound(entries.begin(), entries.end(), last,
                                              [](const Entry& entry, auto at) { return entry.at < at; });
  const auto pause =
      first_of_last == entries.begin() ? std::chrono::milliseconds{1000} : last - std::prev(first_of_last)->at;
  recording.period_ = last + pause;
  return recording;
}

}  // namespace starling::sources::recording

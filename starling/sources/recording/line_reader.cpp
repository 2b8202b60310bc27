#include "starling/sources/recording/line_reader.hpp"

#include <fmt/format.h>

namespace starling::sources::recording {
namespace {

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r") == std::string_view::npos; }

}  // namespace

void LineReader::feed(std::string_view bytes) {
  bytes_.erase(0, at_);
  searched_ -= at_;
  at_ = 0;
  bytes_ += bytes;
}

Result<std::optional<NumberedLine>, RecordingError> LineReader::next() {
  while (at_ < bytes_.size()) {
    const std::size_t end = bytes_.find('\n', searched_);
    const bool is_whole = end != std::string::npos;
    const std::string_view text = std::string_view{bytes_}.substr(at_, is_whole ? end - at_ : end);
    if (text.size() > line_bytes_max_) {
      ++number_;
      return fail(fmt::format("the line has more than {} bytes", line_bytes_max_));
    }
    searched_ = bytes_.size();
    if (!is_whole && !is_over_) break;
    ++number_;
    at_ = searched_ = is_whole ? end + 1 : bytes_.size();
    if (is_blank(text)) continue;
    if (!is_whole) return read_last(text);
    auto line = read_line(text);
    if (!line) return fail(std::move(line).error());
    return in_order(std::move(*line));
  }
  return std::optional<NumberedLine>{};
}

Result<std::optional<NumberedLine>, RecordingError> LineReader::read_last(std::string_view text) {
  auto line = read_line(text);
  if (line) return in_order(std::move(*line));
  cut_off_line_ = number_;
  return std::optional<NumberedLine>{};
}

Result<std::optional<NumberedLine>, RecordingError> LineReader::in_order(Line line) {
  if (line.at < time_) return fail(fmt::format("at_ms goes back from {} to {}: sort the lines by it", time_.count(), line.at.count()));
  time_ = line.at;
  return std::optional{NumberedLine{.number = number_, .line = std::move(line)}};
}

}  // namespace starling::sources::recording

/// @file
/// The lines of a recording, out of bytes that come in whatever pieces.
///
/// Lines stand in the order of time. Blank ones are skipped. A last line without an end that cannot be read is what a recorder was killed over: it is left
/// out, and said so; any other wrong line is the end.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "starling/sources/recording/line.hpp"

namespace starling::sources::recording {

/// Without its end. No server takes a longer one.
inline constexpr std::size_t kLineBytesMax = 16 << 20;

struct RecordingError {
  std::size_t line;     ///< from 1
  std::string message;  ///< what is wrong with it
};

struct NumberedLine {
  std::size_t number = 0;  ///< from 1, blank ones counted
  Line line;
};

class LineReader {
 public:
  explicit LineReader(std::size_t line_bytes_max = kLineBytesMax) noexcept : line_bytes_max_(line_bytes_max) {}

  void feed(std::string_view bytes);
  /// No more bytes come.
  void end() noexcept { is_over_ = true; }

  /// The next line; nullopt: it takes more bytes, or it was the last. Not to be asked again once it failed.
  [[nodiscard]] Result<std::optional<NumberedLine>, RecordingError> next();

  /// The number of the last line, if that was cut off.
  [[nodiscard]] std::optional<std::size_t> cut_off_line() const noexcept { return cut_off_line_; }

 private:
  [[nodiscard]] Result<std::optional<NumberedLine>, RecordingError> read_last(std::string_view text);
  [[nodiscard]] Result<std::optional<NumberedLine>, RecordingError> in_order(Line line);
  [[nodiscard]] Unexpected<RecordingError> fail(std::string message) const { return Unexpected{RecordingError{number_, std::move(message)}}; }

  std::size_t line_bytes_max_;
  std::string bytes_;
  std::size_t at_ = 0;        // of the line to come
  std::size_t searched_ = 0;  // no line ends between `at_` and here
  std::size_t number_ = 0;    // of the line read last
  std::chrono::milliseconds time_{0};
  bool is_over_ = false;
  std::optional<std::size_t> cut_off_line_;
};

}  // namespace starling::sources::recording

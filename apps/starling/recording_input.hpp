/// @file
/// A recording as a file, read line by line: it may be larger than memory.
#pragma once

#include <string>

#include "starling/core/base/result.hpp"
#include "starling/io/net/descriptor.hpp"
#include "starling/sources/recording/line_reader.hpp"

namespace starling {

class RecordingInput {
 public:
  /// Errors are one line: what, where, cure.
  [[nodiscard]] static Result<RecordingInput, std::string> open(std::string path);

  /// Nullopt: there are no more.
  [[nodiscard]] Result<std::optional<sources::recording::NumberedLine>, std::string> next();
  /// To the first line again.
  [[nodiscard]] Result<void, std::string> rewind();

  [[nodiscard]] std::optional<std::size_t> cut_off_line() const noexcept { return reader_.cut_off_line(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  RecordingInput(std::string path, net::Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  net::Descriptor file_;
  sources::recording::LineReader reader_;
  bool is_over_ = false;
};

}  // namespace starling

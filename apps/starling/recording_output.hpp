/// @file
/// The file that `starling watch --record` writes: whatever ends it, what stands in it is whole.
#pragma once

#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/net/descriptor.hpp"

namespace starling {

class RecordingOutput {
 public:
  /// A file that is there already is only written over with `force`; a device or a pipe always. Fails with one line: what, where, cure.
  [[nodiscard]] static Result<RecordingOutput, std::string> create(const std::string& path, bool force);

  /// All of it, at once: a process that is killed loses what it has not appended. Where not all of it finds room the file ends as it did before.
  [[nodiscard]] Result<void, std::string> append(std::string_view lines);

 private:
  RecordingOutput(std::string path, net::Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}

  std::string path_;
  net::Descriptor file_;
};

}  // namespace starling

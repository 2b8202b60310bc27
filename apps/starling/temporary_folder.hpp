/// @file
/// A folder that is gone with whoever made it.
#pragma once

#include <string>

namespace starling {

class TemporaryFolder {
 public:
  /// Where the system has such folders; `path` is empty where none can be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace starling

#include "apps/starling/recording_output.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace starling {

Result<RecordingOutput, std::string> RecordingOutput::create(const std::string& path, bool force) {
  // Over the limit for files: a failure like any other, instead of the end.
  std::signal(SIGXFSZ, SIG_IGN);
  constexpr mode_t kMode = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  net::Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL), kMode)};
  if (!file.is_open() && errno == EEXIST) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
      return Unexpected{fmt::format("{} is there already: give another name, or --force to write over it", path)};
    }
    file = net::Descriptor{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  }
  if (!file.is_open()) return Unexpected{fmt::format("cannot write {}: {}: give a file that can be made", path, std::strerror(errno))};
  return RecordingOutput{path, std::move(file)};
}

Result<void, std::string> RecordingOutput::append(std::string_view lines) {
  struct stat status {};
  const bool is_file = ::fstat(file_.number(), &status) == 0 && S_ISREG(status.st_mode);
  while (!lines.empty()) {
    const ssize_t bytes = ::write(file_.number(), lines.data(), lines.size());
    if (bytes >= 0) {
      lines.remove_prefix(static_cast<std::size_t>(bytes));
    } else if (errno != EINTR) {
      const int error = errno;
      const bool is_cut = is_file && ::ftruncate(file_.number(), status.st_size) == 0;
      return Unexpected{fmt::format("cannot write {}: {}: the recording ends here{}", path_, std::strerror(error), is_cut ? ", and what it has can be replayed" : "")};
    }
  }
  return {};
}

}  // namespace starling

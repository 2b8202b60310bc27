#include "apps/starling/recording_input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace starling {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;

}  // namespace

Result<RecordingInput, std::string> RecordingInput::open(std::string path) {
  net::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file.is_open()) return Unexpected{fmt::format("cannot read {}: {}: give a file that `starling watch --record` wrote", path, std::strerror(errno))};
  return RecordingInput{std::move(path), std::move(file)};
}

Result<std::optional<sources::recording::NumberedLine>, std::string> RecordingInput::next() {
  std::array<char, kReadBytes> buffer;
  while (true) {
    auto line = reader_.next();
    if (!line) return Unexpected{fmt::format("{} line {}: {}", path_, line.error().line, line.error().message)};
    if (*line || is_over_) return std::move(*line);
    const ssize_t bytes = ::read(file_.number(), buffer.data(), buffer.size());
    if (bytes > 0) reader_.feed({buffer.data(), static_cast<std::size_t>(bytes)});
    if (bytes < 0 && errno != EINTR) return Unexpected{fmt::format("cannot read {}: {}", path_, std::strerror(errno))};
    if (bytes != 0) continue;
    is_over_ = true;
    reader_.end();
  }
}

Result<void, std::string> RecordingInput::rewind() {
  if (::lseek(file_.number(), 0, SEEK_SET) != 0) return Unexpected{fmt::format("{} cannot be read twice: give a file, not a pipe", path_)};
  reader_ = sources::recording::LineReader{};
  is_over_ = false;
  return {};
}

}  // namespace starling

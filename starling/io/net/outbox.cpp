#include "starling/io/net/outbox.hpp"

namespace starling::net {

std::size_t Outbox::gather(std::span<iovec> parts) const noexcept {
  std::size_t count = 0;
  std::size_t offset = first_offset_;
  for (std::size_t i = first_; i < frames_.size() && count < parts.size(); ++i) {
    const std::string_view rest = frames_[i]->wire().substr(offset);
    parts[count++] = {const_cast<char*>(rest.data()), rest.size()};
    offset = 0;
  }
  return count;
}

void Outbox::take(std::size_t bytes) noexcept {
  STARLING_CHECK(bytes <= bytes_, bytes, bytes_);
  bytes_ -= bytes;
  while (bytes > 0) {
    const std::size_t rest = frames_[first_]->wire().size() - first_offset_;
    if (bytes < rest) {
      first_offset_ += bytes;
      break;
    }
    bytes -= rest;
    frames_[first_++].reset();
    first_offset_ = 0;
  }
  if (bytes_ > 0) {
    // A peer that reads slowly but steadily never gets to the end.
    if (first_ >= 64 && first_ * 2 >= frames_.size()) {
      frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return;
  }
  // Most connections are idle and own nothing; those that are sent to all the time keep a small list.
  first_ = 0;
  frames_.clear();
  if (frames_.capacity() > 4) frames_.shrink_to_fit();
}

}  // namespace starling::net

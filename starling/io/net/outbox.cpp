#include "starling/io/net/outbox.hpp"

namespace starling::net {

std::size_t Outbox::gather(std::span<iovec> parts) const noexcept {
  std::size_t count = 0;
  std::size_t offset = first_offset_;
  for (std::size_t i = first_; i < waiting_.size() && count < parts.size(); ++i) {
    const std::string_view rest = waiting_[i].wire.substr(offset);
    parts[count++] = {const_cast<char*>(rest.data()), rest.size()};
    offset = 0;
  }
  return count;
}

void Outbox::take(std::size_t bytes) noexcept {
  while (bytes > 0) {
    STARLING_CHECK(first_ < waiting_.size(), bytes);
    Waiting& first = waiting_[first_];
    const std::size_t rest = first.wire.size() - first_offset_;
    if (bytes < rest) {
      first_offset_ += bytes;
      break;
    }
    bytes -= rest;
    held_bytes_ -= first.frame->wire().size();
    first = {};
    ++first_;
    first_offset_ = 0;
  }
  if (first_ < waiting_.size()) {
    // A peer that reads slowly but steadily never gets to the end.
    if (first_ >= 64 && first_ * 2 >= waiting_.size()) {
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(first_));
      first_ = 0;
    }
    return;
  }
  // Most connections are idle and own nothing; those that are sent to all the time keep a small list.
  first_ = 0;
  waiting_.clear();
  if (waiting_.capacity() > 4) waiting_.shrink_to_fit();
}

}  // namespace starling::net

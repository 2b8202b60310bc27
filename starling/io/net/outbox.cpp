#include "starling/io/net/outbox.hpp"

#include <cstring>
#include <utility>

namespace starling::net {

std::size_t Outbox::gather(std::span<iovec> parts) const noexcept {
  std::size_t count = 0;
  const auto add = [&](std::string_view bytes) { parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()}; };
  if (empty() || parts.empty()) return 0;
  add(first_.wire.substr(first_offset_));
  for (std::size_t i = others_at_; i < others_.size() && count < parts.size(); ++i) add(others_[i].wire);
  return count;
}

std::string_view Outbox::in_one_piece(std::span<char> room) const noexcept {
  if (empty()) return {};
  const std::string_view first = first_.wire.substr(first_offset_);
  if (others_.empty()) return first;
  std::size_t used = 0;
  const auto fits = [&](std::string_view bytes) {
    if (bytes.size() > room.size() - used) return false;
    std::memcpy(room.data() + used, bytes.data(), bytes.size());
    used += bytes.size();
    return true;
  };
  if (!fits(first)) return {};
  for (std::size_t i = others_at_; i < others_.size(); ++i) {
    if (!fits(others_[i].wire)) return {};
  }
  return {room.data(), used};
}

void Outbox::take(std::size_t bytes) noexcept {
  while (bytes > 0) {
    STARLING_CHECK(!empty(), bytes);
    const std::size_t rest = first_.wire.size() - first_offset_;
    if (bytes < rest) {
      first_offset_ += bytes;
      return;
    }
    bytes -= rest;
    held_bytes_ -= first_.frame->wire().size();
    first_offset_ = 0;
    first_ = others_at_ < others_.size() ? std::exchange(others_[others_at_++], {}) : Waiting{};
    if (others_at_ == others_.size()) {
      others_.clear();
      if (others_.capacity() > kOthersKept) others_ = {};
      others_at_ = 0;
    } else if (others_at_ >= 64 && others_at_ * 2 >= others_.size()) {  // a peer that reads slowly but steadily never gets to the end
      others_.erase(others_.begin(), others_.begin() + static_cast<std::ptrdiff_t>(others_at_));
      others_at_ = 0;
    }
  }
}

}  // namespace starling::net

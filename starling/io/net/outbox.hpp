/// @file
/// Frames a socket has not taken yet: shared buffers and how far into the first one it got. Nothing is copied.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/fanout/frame.hpp"

namespace starling::net {

class Outbox {
 public:
  void add(fanout::FramePtr frame) {
    bytes_ += frame->wire().size();
    frames_.push_back(std::move(frame));
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }

  /// What to write next, in order; returns how many of `parts` it takes.
  [[nodiscard]] std::size_t gather(std::span<iovec> parts) const noexcept;
  /// The socket took so many bytes of what was gathered.
  void take(std::size_t bytes) noexcept;

 private:
  std::vector<fanout::FramePtr> frames_;
  std::size_t first_ = 0;         // frames before it are gone
  std::size_t first_offset_ = 0;  // bytes of it that are gone
  std::size_t bytes_ = 0;
};

}  // namespace starling::net

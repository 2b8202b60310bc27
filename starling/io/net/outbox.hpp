/// @file
/// Frames a socket has not taken yet: shared buffers and how far into the first one it got. Nothing is copied.
///
/// A frame may wait as another wire of it than the plain one, which must be smaller. It weighs here what it does plain: bounds hold
/// for the memory that is held, and those who deflate do not get further ahead of their sockets than others.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/fanout/frame.hpp"

namespace starling::net {

class Outbox {
 public:
  void add(fanout::FramePtr frame) {
    const std::string_view wire = frame->wire();
    add(std::move(frame), wire);
  }
  /// `wire` belongs to the frame.
  void add(fanout::FramePtr frame, std::string_view wire) {
    if (wire.empty()) return;
    STARLING_CHECK(wire.size() <= frame->wire().size(), wire.size(), frame->wire().size());
    held_bytes_ += frame->wire().size();
    if (empty()) {
      first_ = {std::move(frame), wire};
      return;
    }
    if (others_.empty()) others_.reserve(kOthersOfATurn);
    others_.push_back({std::move(frame), wire});
  }

  /// Of what waits, as it would be plain.
  [[nodiscard]] std::size_t bytes() const noexcept { return held_bytes_ - first_offset_; }
  [[nodiscard]] bool empty() const noexcept { return first_.frame == nullptr; }

  /// What to write next, in order; returns how many of `parts` it takes.
  [[nodiscard]] std::size_t gather(std::span<iovec> parts) const noexcept;
  /// The socket took so many bytes of what was gathered.
  void take(std::size_t bytes) noexcept;

 private:
  struct Waiting {
    fanout::FramePtr frame;
    std::string_view wire;
  };
  static constexpr std::size_t kOthersOfATurn = 8;

  // One frame waits at a time, mostly; most connections are idle and own no list.
  Waiting first_;
  std::size_t first_offset_ = 0;  // bytes of its wire that are gone
  std::vector<Waiting> others_;   // behind it
  std::size_t others_at_ = 0;     // those before it are gone
  std::size_t held_bytes_ = 0;    // of the plain wires of those that are not
};

}  // namespace starling::net

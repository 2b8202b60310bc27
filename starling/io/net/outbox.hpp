/// @file
/// Frames a socket has not taken yet: shared buffers and how far into the first one it got. Nothing is copied.
///
/// A frame may wait as another wire of it than the plain one, which must be smaller. It weighs here what it does plain: bounds hold
/// for the memory that is held, and those who deflate do not get further ahead of their sockets than others.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
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

  /// What waits as one piece: where it is several buffers, copied into `room`. Nothing if that is too small.
  [[nodiscard]] std::string_view in_one_piece(std::span<char> room) const noexcept;
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

  static constexpr std::size_t kOthersKept = 32;  // room for so many is kept

  // One frame waits at a time, mostly, and needs no list.
  Waiting first_;
  std::size_t first_offset_ = 0;  // bytes of its wire that are gone
  std::vector<Waiting> others_;   // behind it
  std::size_t others_at_ = 0;     // those before it are gone
  std::size_t held_bytes_ = 0;    // of the plain wires of those that are not
};

/// Outboxes that nobody uses, with the room they have grown: who sends in every turn allocates nothing for it, and who is idle owns none.
class SpareOutboxes {
 public:
  /// An empty one.
  [[nodiscard]] std::unique_ptr<Outbox> take() {
    if (spares_.empty()) return std::make_unique<Outbox>();
    auto outbox = std::move(spares_.back());
    spares_.pop_back();
    return outbox;
  }
  void give_back(std::unique_ptr<Outbox> outbox) {
    STARLING_CHECK(outbox->empty());
    if (spares_.size() < kSparesMax) spares_.push_back(std::move(outbox));
  }

 private:
  static constexpr std::size_t kSparesMax = 4'096;  // as many send in one turn, each into 1 KiB at most

  std::vector<std::unique_ptr<Outbox>> spares_;
};

}  // namespace starling::net

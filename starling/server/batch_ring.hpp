/// @file
/// The ring through which the hub's thread hands closed batches to the shards' threads.
///
/// It only hands over: a shard copies the pointers into a log of its own, and what every shard has taken is let go with the next batch. The
/// hub waits for a shard's thread to take a batch, never for a viewer. Full (`entries_max`, or `bytes_max` with more than one batch), it takes
/// nothing, and the hub lets its input queue fill meanwhile.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "starling/core/log/batch.hpp"

namespace starling {

struct BatchRingOptions {
  std::size_t entries_max = 1024;
  std::size_t bytes_max = 64 << 20;  ///< of batches that not every shard has taken
};

/// **Thread-safe:** one thread pushes, and one thread for each reader takes.
class BatchRing {
 public:
  explicit BatchRing(std::size_t readers, BatchRingOptions options = {}) : options_(options), slots_(options.entries_max), readers_(readers) {}

  /// Before the first batch, and before anybody reads: it will be the one after `seq`.
  void begin_after(state::Seq seq) noexcept {
    head_ = let_go_ = seq;
    for (Reader& reader : readers_) reader.taken = seq;
  }
  /// The pushing thread's. `seq` is one after the last. False: it is full, and the first `take` that makes room says so.
  [[nodiscard]] bool push(const log::BatchPtr& batch);

  /// The newest seq there is, for all readers.
  [[nodiscard]] state::Seq head() const noexcept { return head_.load(); }
  /// The next batch of this reader; null if it has all.
  [[nodiscard]] log::BatchPtr take(std::size_t reader);
  /// Whether the pushing thread waits for room, once each time: whoever took a batch asks, and wakes it.
  [[nodiscard]] bool claim_wish_for_room() noexcept { return is_room_wanted_.load() && is_room_wanted_.exchange(false); }

 private:
  // A line of cache for each: they are written by different threads.
  struct alignas(64) Reader {
    std::atomic<state::Seq> taken = 0;
  };

  [[nodiscard]] bool has_room(std::size_t bytes) const noexcept;
  void let_go();
  [[nodiscard]] log::BatchPtr& slot(state::Seq seq) noexcept { return slots_[seq % slots_.size()]; }

  BatchRingOptions options_;
  std::vector<log::BatchPtr> slots_;
  std::vector<Reader> readers_;
  alignas(64) std::atomic<state::Seq> head_ = 0;
  // "Full" and "taken" must not miss each other, so all of these are sequentially consistent.
  std::atomic<bool> is_room_wanted_ = false;
  // The pushing thread's own.
  state::Seq let_go_ = 0;   // every reader has taken those up to it
  std::size_t bytes_ = 0;   // of those after it
};

}  // namespace starling

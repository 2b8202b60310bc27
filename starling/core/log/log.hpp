/// @file
/// The last batches, as many as fit in a bound of bytes. Everybody who reads state has a cursor on this.
#pragma once

#include <cstdint>
#include <deque>

#include "starling/core/base/check.hpp"
#include "starling/core/log/batch.hpp"

namespace starling::log {

/// Holds batches `first()` … `head()` without a hole. Over `bytes_max` the oldest go (the newest always stays): a cursor left behind that
/// way needs a snapshot.
class Log {
 public:
  explicit Log(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  /// Before the first batch: it will be the one after `seq`.
  void begin_after(Seq seq) {
    STARLING_CHECK(head_ == 0 && batches_.empty(), head_);
    head_ = seq;
  }

  void append(BatchPtr batch) {
    STARLING_CHECK(batch->seq == head_ + 1, batch->seq, head_);
    head_ = batch->seq;
    bytes_ += batch->bytes;
    bytes_ever_ += batch->bytes;
    batches_.push_back({std::move(batch), bytes_ever_});
    while (bytes_ > bytes_max_ && batches_.size() > 1) {
      bytes_ -= batches_.front().batch->bytes;
      batches_.pop_front();
    }
  }

  /// The newest seq; 0 before the first batch.
  [[nodiscard]] Seq head() const noexcept { return head_; }
  /// Whether every batch after `since` is still here.
  [[nodiscard]] bool reaches(Seq since) const noexcept { return since <= head_ && head_ - since <= batches_.size(); }
  /// Null if it is not here: not yet, or no longer.
  [[nodiscard]] const Batch* find(Seq seq) const noexcept {
    if (seq == 0 || seq > head_ || !reaches(seq - 1)) return nullptr;
    return batches_[batches_.size() - 1 - static_cast<std::size_t>(head_ - seq)].batch.get();
  }
  /// Visits the batches after `since` in order; it must be reached.
  template <class Visit>
  void for_each_after(Seq since, Visit&& visit) const {
    STARLING_CHECK(reaches(since), since, head_);
    for (std::size_t i = batches_.size() - static_cast<std::size_t>(head_ - since); i < batches_.size(); ++i) visit(*batches_[i].batch);
  }
  /// All there are, in order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Kept& kept : batches_) visit(*kept.batch);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }
  /// Bytes of the batches after `since`; of all that are here if `since` is not reached.
  [[nodiscard]] std::uint64_t bytes_after(Seq since) const noexcept {
    if (since >= head_) return 0;
    if (!reaches(since)) return bytes_;
    const Kept& next = batches_[batches_.size() - static_cast<std::size_t>(head_ - since)];
    return bytes_ever_ - (next.bytes_through - next.batch->bytes);
  }

 private:
  struct Kept {
    BatchPtr batch;
    std::uint64_t bytes_through;  ///< of all batches ever, up to and including this
  };
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::uint64_t bytes_ever_ = 0;
  Seq head_ = 0;
  std::deque<Kept> batches_;
};

}  // namespace starling::log

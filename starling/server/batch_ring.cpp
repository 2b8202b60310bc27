#include "starling/server/batch_ring.hpp"

#include <algorithm>

#include "starling/core/base/check.hpp"

namespace starling {

bool BatchRing::push(const log::BatchPtr& batch) {
  const state::Seq head = head_.load();
  STARLING_CHECK(batch->seq == head + 1, batch->seq, head);
  let_go();
  if (!has_room(batch->bytes)) {
    is_room_wanted_.store(true);
    let_go();  // a reader that looked before it was wanted has made room already
    if (!has_room(batch->bytes)) return false;
    is_room_wanted_.store(false);
  }
  slot(batch->seq) = batch;
  bytes_ += batch->bytes;
  head_.store(batch->seq);
  return true;
}

log::BatchPtr BatchRing::take(std::size_t reader) {
  std::atomic<state::Seq>& taken = readers_[reader].taken;
  const state::Seq next = taken.load(std::memory_order_relaxed) + 1;  // nobody else writes it
  if (next > head_.load()) return nullptr;
  log::BatchPtr batch = slot(next);
  STARLING_CHECK(batch && batch->seq == next, next);
  taken.store(next);
  return batch;
}

bool BatchRing::has_room(std::size_t bytes) const noexcept {
  const state::Seq kept = head_.load() - let_go_;
  return kept == 0 || (kept < slots_.size() && bytes_ + bytes <= options_.bytes_max);
}

void BatchRing::let_go() {
  state::Seq all_took = head_.load();
  for (const Reader& reader : readers_) all_took = std::min(all_took, reader.taken.load());
  while (let_go_ < all_took) {
    log::BatchPtr& batch = slot(++let_go_);
    bytes_ -= batch->bytes;
    batch.reset();
  }
}

}  // namespace starling

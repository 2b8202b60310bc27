#include "starling/server/batch_ring.hpp"

#include <doctest/doctest.h>

#include <thread>


namespace starling {
namespace {

log::BatchPtr batch(state::Seq seq, std::size_t bytes = 1) {
  auto made = std::make_shared<log::Batch>();
  made->seq = seq;
  made->bytes = bytes;
  return made;
}

TEST_CASE("every reader takes every batch, in order, each at its own time") {
  BatchRing ring{2};
  CHECK(ring.take(0) == nullptr);
  const log::BatchPtr first = batch(1);
  CHECK(ring.push(first));
  CHECK(ring.push(batch(2)));
  CHECK(ring.head() == 2);
  CHECK(ring.take(0) == first);
  CHECK(ring.take(0)->seq == 2);
  CHECK(ring.take(0) == nullptr);
  CHECK(ring.push(batch(3)));
  CHECK(ring.take(0)->seq == 3);
  for (const state::Seq seq : {1, 2, 3}) CHECK(ring.take(1)->seq == seq);
  CHECK(ring.take(1) == nullptr);
}

TEST_CASE("it is full at entries_max batches that not everybody has taken, not at one less") {
  BatchRing ring{2, {.entries_max = 4}};
  for (const state::Seq seq : {1, 2, 3, 4}) CHECK(ring.push(batch(seq)));
  CHECK_FALSE(ring.claim_wish_for_room());
  CHECK_FALSE(ring.push(batch(5)));
  CHECK(ring.head() == 4);
  CHECK(ring.claim_wish_for_room());
  CHECK_FALSE(ring.claim_wish_for_room());  // one of the readers wakes the hub
  CHECK(ring.take(0)->seq == 1);
  CHECK_FALSE(ring.push(batch(5)));  // the other has not
  CHECK(ring.take(1)->seq == 1);
  CHECK(ring.claim_wish_for_room());
  CHECK(ring.push(batch(5)));
  CHECK_FALSE(ring.push(batch(6)));
  for (const state::Seq seq : {2, 3, 4, 5}) CHECK(ring.take(1)->seq == seq);
  for (const state::Seq seq : {2, 3, 4, 5}) CHECK(ring.take(0)->seq == seq);
}

TEST_CASE("it is full over bytes_max, but one batch always has room") {
  BatchRing ring{1, {.entries_max = 4, .bytes_max = 10}};
  CHECK(ring.push(batch(1, 100)));
  CHECK_FALSE(ring.push(batch(2, 1)));
  CHECK(ring.take(0)->seq == 1);
  CHECK(ring.push(batch(2, 9)));
  CHECK(ring.push(batch(3, 1)));
  CHECK_FALSE(ring.push(batch(4, 1)));
}

TEST_CASE("it keeps no batch that everybody has taken beyond the next") {
  BatchRing ring{2};
  log::BatchPtr first = batch(1);
  const std::weak_ptr<const log::Batch> kept = first;
  CHECK(ring.push(std::exchange(first, nullptr)));
  (void)ring.take(0);
  CHECK(ring.push(batch(2)));
  CHECK_FALSE(kept.expired());
  (void)ring.take(1);
  CHECK(ring.push(batch(3)));
  CHECK(kept.expired());
}

TEST_CASE("across threads nothing is lost or torn, and nobody sleeps for ever") {
  constexpr std::size_t kReaders = 3;
  constexpr state::Seq kBatches = 20'000;
  for (const std::size_t entries : {1, 2, 64}) {
    CAPTURE(entries);
    BatchRing ring{kReaders, {.entries_max = entries}};
    // Sleeping and waking as the threads of a server do it: a flag that is set, and waited for.
    std::atomic<bool> has_room = false;
    std::atomic<state::Seq> pushed = 0;
    std::vector<std::uint64_t> sums(kReaders);
    std::vector<std::thread> readers;
    for (std::size_t i = 0; i < kReaders; ++i) {
      readers.emplace_back([&, i] {
        for (state::Seq seen = 0; seen < kBatches;) {
          pushed.wait(seen);
          while (const log::BatchPtr taken = ring.take(i)) {
            if (taken->seq != ++seen) return;
            sums[i] += taken->bytes;
            if (ring.claim_wish_for_room()) {
              has_room = true;
              has_room.notify_one();
            }
          }
        }
      });
    }
    for (state::Seq seq = 1; seq <= kBatches; ++seq) {
      const log::BatchPtr next = batch(seq, seq % 7);
      while (!ring.push(next)) {
        has_room.wait(false);
        has_room = false;
      }
      pushed = seq;
      pushed.notify_all();
    }
    for (std::thread& reader : readers) reader.join();
    std::uint64_t sum = 0;
    for (state::Seq seq = 1; seq <= kBatches; ++seq) sum += seq % 7;
    CHECK(sums == std::vector<std::uint64_t>(kReaders, sum));
  }
}

}  // namespace
}  // namespace starling

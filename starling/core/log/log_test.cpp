#include "starling/core/log/log.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"

namespace starling::log {
namespace {

BatchPtr batch(Seq seq, std::size_t bytes) {
  auto made = std::make_shared<Batch>();
  made->seq = seq;
  made->bytes = bytes;
  return made;
}

std::vector<Seq> seqs_after(const Log& log, Seq since) {
  std::vector<Seq> seqs;
  log.for_each_after(since, [&](const Batch& visited) { seqs.push_back(visited.seq); });
  return seqs;
}

TEST_CASE("an empty log reaches only the beginning") {
  const Log log(100);
  CHECK(log.head() == 0);
  CHECK(log.reaches(0));
  CHECK_FALSE(log.reaches(1));
  CHECK(log.bytes() == 0);
  CHECK(log.bytes_after(0) == 0);
  CHECK(seqs_after(log, 0).empty());
}

TEST_CASE("a log holds what fits: one byte below, at and one above its bound") {
  struct Case {
    std::size_t last;
    Seq oldest_reached;
  };
  for (const Case& c : {Case{39, 0}, Case{40, 0}, Case{41, 1}, Case{70, 1}, Case{71, 2}}) {
    CAPTURE(c.last);
    Log log(100);
    log.append(batch(1, 30));
    log.append(batch(2, 30));
    log.append(batch(3, c.last));
    CHECK(log.reaches(c.oldest_reached));
    if (c.oldest_reached > 0) CHECK_FALSE(log.reaches(c.oldest_reached - 1));
    CHECK(log.bytes() == 60 - 30 * c.oldest_reached + c.last);
    CHECK(log.bytes() <= log.bytes_max());
  }
}

TEST_CASE("the newest batch stays, however large") {
  Log log(100);
  log.append(batch(1, 50));
  log.append(batch(2, 101));
  CHECK(log.head() == 2);
  CHECK(log.reaches(1));
  CHECK_FALSE(log.reaches(0));
  CHECK(seqs_after(log, 1) == std::vector<Seq>{2});
  log.append(batch(3, 500));
  CHECK(log.reaches(2));
  CHECK_FALSE(log.reaches(1));
  log.append(batch(4, 1));
  CHECK(log.bytes() == 1);
  CHECK(log.reaches(3));
  CHECK_FALSE(log.reaches(2));
}

TEST_CASE("a log reaches its head, what it holds, and no future") {
  Log log(1000);
  for (Seq seq = 1; seq <= 5; ++seq) log.append(batch(seq, 10));
  for (Seq since = 0; since <= 5; ++since) CHECK(log.reaches(since));
  CHECK_FALSE(log.reaches(6));
  CHECK_FALSE(log.reaches(~Seq{0}));
  CHECK(seqs_after(log, 5).empty());
  CHECK(seqs_after(log, 3) == std::vector<Seq>{4, 5});
  CHECK(seqs_after(log, 0) == std::vector<Seq>{1, 2, 3, 4, 5});
}

TEST_CASE("bytes after a seq are those of the batches that follow it; of all there are if it is out of reach") {
  const std::uint64_t seed = 64;
  CAPTURE(seed);
  Random random{seed};
  Log log(500);
  std::vector<std::size_t> bytes_of{0};
  for (Seq seq = 1; seq <= 300; ++seq) {
    bytes_of.push_back(random.below(90));
    log.append(batch(seq, bytes_of.back()));
    std::size_t sum = 0;
    for (Seq since = seq; since > 0 && log.reaches(since); --since) {
      REQUIRE(log.bytes_after(since) == sum);
      sum += bytes_of[since];
    }
    if (seq > 100) REQUIRE(log.bytes_after(0) == log.bytes());
    REQUIRE(log.bytes_after(seq + 1) == 0);
    REQUIRE(log.bytes() <= 500);
  }
}

}  // namespace
}  // namespace starling::log

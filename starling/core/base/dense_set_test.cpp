#include "starling/core/base/dense_set.hpp"

#include <doctest/doctest.h>

#include <set>

#include "starling/core/base/random.hpp"

namespace starling {
namespace {

TEST_CASE("a dense set holds what a set holds, at every size it keeps differently") {
  const std::uint64_t seed = 16;
  CAPTURE(seed);
  Random random(seed);
  DenseSet<std::uint64_t> dense;
  std::set<std::uint64_t> plain;
  std::size_t largest = 0, emptied = 0;
  for (int step = 0; step < 20'000; ++step) {
    CAPTURE(step);
    // Now it grows for a while, now it shrinks: through 8, 16, 17 and back to none.
    const bool grows = (step / 100) % 2 == 0;
    if (plain.empty() || random.chance(grows ? 0.8 : 0.2)) {
      const std::uint64_t member = random.next();
      dense.insert(member);
      plain.insert(member);
    } else {
      auto leaving = plain.begin();
      std::advance(leaving, random.below(plain.size()));
      dense.erase(*leaving);
      plain.erase(leaving);
    }
    REQUIRE(dense.size() == plain.size());
    REQUIRE(dense.empty() == plain.empty());
    REQUIRE(std::set<std::uint64_t>(dense.begin(), dense.end()) == plain);
    largest = std::max(largest, plain.size());
    emptied += plain.empty();
  }
  CHECK(largest > 40);
  CHECK(emptied > 10);
}

}  // namespace
}  // namespace starling

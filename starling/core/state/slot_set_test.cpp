#include "starling/core/state/slot_set.hpp"

#include <doctest/doctest.h>

#include <set>

#include "starling/core/base/random.hpp"

namespace starling::state {
namespace {

TEST_CASE("a set of slots is one, whatever comes and goes") {
  const std::uint64_t seed = 23;
  CAPTURE(seed);
  Random random{seed};
  SlotSet set;
  std::set<std::uint32_t> truth;
  for (int step = 0; step < 2'000; ++step) {
    const auto slot = static_cast<std::uint32_t>(random.below(step < 1'000 ? 40 : 1'000));
    if (truth.insert(slot).second) {
      set.insert(slot);
    } else {
      set.erase(slot);
      truth.erase(slot);
    }
    REQUIRE(set.size() == truth.size());
    REQUIRE(std::set<std::uint32_t>(set.begin(), set.end()) == truth);
  }
}

}  // namespace
}  // namespace starling::state

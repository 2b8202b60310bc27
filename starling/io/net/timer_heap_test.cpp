#include "starling/io/net/timer_heap.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "starling/core/base/random.hpp"

namespace starling::net {
namespace {

Instant at(std::uint64_t microseconds) { return Instant{Duration{static_cast<Duration::rep>(microseconds)}}; }

TEST_CASE("what is due comes in the order of time, whatever is set, set again and taken out") {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    TimerHeap heap;
    std::array<TimerHeap::Entry, 20> entries;
    std::array<std::optional<Instant>, 20> want;
    for (int step = 0; step < 300; ++step) {
      const std::size_t i = random.below(entries.size());
      const std::uint64_t what = random.below(4);
      if (what <= 1) {
        want[i] = at(random.below(50));  // often the same
        heap.set(entries[i], *want[i]);
      } else if (what == 2) {
        want[i].reset();
        heap.remove(entries[i]);
      } else if (const Instant now = at(random.below(50)); TimerHeap::Entry* due = heap.take_due(now)) {
        const auto number = static_cast<std::size_t>(due - entries.data());
        REQUIRE((want[number] == due->due));
        REQUIRE(due->due <= now);
        REQUIRE(std::ranges::all_of(want, [&](const auto& other) { return !other || *other >= due->due; }));
        want[number].reset();
      } else {
        REQUIRE(std::ranges::all_of(want, [&](const auto& other) { return !other || *other > now; }));
      }
      const auto first = std::ranges::min_element(want, [](const auto& a, const auto& b) { return a && (!b || *a < *b); });
      REQUIRE(heap.next_due() == *first);
      for (std::size_t n = 0; n < entries.size(); ++n) {
        if (heap.contains(entries[n]) != want[n].has_value()) FAIL(n);
      }
    }
  }
}

}  // namespace
}  // namespace starling::net

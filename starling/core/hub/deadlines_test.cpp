#include "starling/core/hub/deadlines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::hub {
namespace {

constexpr Instant at(std::int64_t us) { return Instant{Duration{us}}; }

struct Waiters {
  state::Identity a{0, "a", 0}, b{0, "b", 0};
  state::Channel x, y;
  Deadlines deadlines;
};

TEST_CASE("who waits is due so long after it came or was put off: one below, at and one above") {
  Waiters waiters;
  CHECK(waiters.deadlines.next_due() == std::nullopt);
  const auto handle = waiters.deadlines.add(Duration{10}, waiters.a, waiters.x, at(5));
  CHECK(waiters.deadlines.next_due() == at(15));
  CHECK(waiters.deadlines.due(at(14)) == nullptr);
  REQUIRE(waiters.deadlines.due(at(15)) != nullptr);
  CHECK(waiters.deadlines.due(at(16))->identity == &waiters.a);
  CHECK(waiters.deadlines.due(at(16))->channel == &waiters.x);
  waiters.deadlines.put_off(handle, at(14));
  CHECK(waiters.deadlines.next_due() == at(24));
  CHECK(waiters.deadlines.due(at(23)) == nullptr);
  waiters.deadlines.remove(handle);
  CHECK(waiters.deadlines.next_due() == std::nullopt);
  CHECK(waiters.deadlines.size() == 0);
}

TEST_CASE("who is put off goes behind those who came meanwhile") {
  Waiters waiters;
  const auto a = waiters.deadlines.add(Duration{10}, waiters.a, waiters.x, at(0));
  (void)waiters.deadlines.add(Duration{10}, waiters.b, waiters.x, at(1));
  waiters.deadlines.put_off(a, at(2));
  CHECK(waiters.deadlines.due(at(11))->identity == &waiters.b);
  CHECK(waiters.deadlines.next_due() == at(11));
}

TEST_CASE("a now that was read too early keeps the order") {
  Waiters waiters;
  (void)waiters.deadlines.add(Duration{10}, waiters.a, waiters.x, at(5));
  (void)waiters.deadlines.add(Duration{10}, waiters.b, waiters.x, at(4));
  CHECK(waiters.deadlines.due(at(15))->identity == &waiters.a);
  waiters.deadlines.remove(waiters.deadlines.add(Duration{10}, waiters.a, waiters.y, at(3)));
  CHECK(waiters.deadlines.size() == 2);
}

TEST_CASE("whatever is added, put off and removed, they are due in the order of their deadlines") {
  const std::uint64_t seed = 99;
  CAPTURE(seed);
  Random random{seed};
  const Waiters waiters;
  for (int round = 0; round < 100; ++round) {
    CAPTURE(round);
    Deadlines deadlines;
    std::vector<Deadlines::Handle> handles;
    std::int64_t now = 0;
    for (int step = 0; step < 100; ++step) {
      now += static_cast<std::int64_t>(random.below(4));
      const Duration wait{static_cast<std::int64_t>(5 + 7 * random.below(3))};
      if (handles.empty() || random.chance(0.4)) {
        handles.push_back(deadlines.add(wait, waiters.a, waiters.x, at(now)));
      } else {
        const std::size_t i = static_cast<std::size_t>(random.below(handles.size()));
        if (random.chance(0.7)) {
          deadlines.put_off(handles[i], at(now));
          REQUIRE(handles[i]->due == at(now) + handles[i]->wait);
        } else {
          deadlines.remove(handles[i]);
          handles.erase(handles.begin() + static_cast<std::ptrdiff_t>(i));
        }
      }
      REQUIRE(deadlines.size() == handles.size());
      std::optional<Instant> first;
      for (const auto& handle : handles) first = first ? std::min(*first, handle->due) : handle->due;
      REQUIRE(deadlines.next_due() == first);
    }
  }
}

}  // namespace
}  // namespace starling::hub

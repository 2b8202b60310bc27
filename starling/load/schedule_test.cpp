#include "starling/load/schedule.hpp"

#include <doctest/doctest.h>

namespace starling::load {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST_CASE("what is due is due at the rate, however late it is taken, and nothing drifts") {
  Schedule schedule{3};
  const Instant begin{seconds{100}};
  schedule.begin(begin);
  CHECK(schedule.due() == begin);
  schedule.take();
  CHECK(schedule.due() == begin + microseconds{333'333});
  schedule.take();
  CHECK(schedule.due() == begin + microseconds{666'666});
  while (schedule.taken() < 3'000'000) schedule.take();
  CHECK(schedule.due() == begin + seconds{1'000'000});
  schedule.begin(begin + seconds{1});
  CHECK(schedule.due() == begin + seconds{1});
  CHECK(schedule.taken() == 0);
}

}  // namespace
}  // namespace starling::load

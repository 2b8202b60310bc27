#include "starling/core/fanout/pace.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace starling::fanout {
namespace {

using std::chrono::milliseconds;

TEST_CASE("a rate is rounded down to the ladder; faster than the tick is every tick") {
  struct Case {
    std::optional<double> rate;
    milliseconds tick, want;
  };
  for (const Case& c : {
           Case{std::nullopt, milliseconds{100}, milliseconds{100}},
           Case{1e9, milliseconds{100}, milliseconds{100}},
           Case{std::numeric_limits<double>::infinity(), milliseconds{100}, milliseconds{100}},
           Case{10, milliseconds{100}, milliseconds{100}},
           Case{9.99, milliseconds{100}, milliseconds{200}},
           Case{5, milliseconds{100}, milliseconds{200}},
           Case{4.99, milliseconds{100}, milliseconds{500}},
           Case{2, milliseconds{100}, milliseconds{500}},
           Case{1.99, milliseconds{100}, milliseconds{1000}},
           Case{1, milliseconds{100}, milliseconds{1000}},
           Case{0.99, milliseconds{100}, milliseconds{2000}},
           Case{0.5, milliseconds{100}, milliseconds{2000}},
           Case{0.49, milliseconds{100}, milliseconds{5000}},
           Case{0.2, milliseconds{100}, milliseconds{5000}},
           Case{0.19, milliseconds{100}, milliseconds{10000}},
           Case{0.1, milliseconds{100}, milliseconds{10000}},
           Case{0.01, milliseconds{100}, milliseconds{10000}},
           Case{1e-300, milliseconds{100}, milliseconds{10000}},
           Case{0, milliseconds{100}, milliseconds{0}},
           Case{-0.0, milliseconds{100}, milliseconds{0}},
           Case{std::nullopt, milliseconds{1000}, milliseconds{1000}},
           Case{5, milliseconds{1000}, milliseconds{1000}},
           Case{1, milliseconds{1000}, milliseconds{1000}},
           Case{0.9, milliseconds{1000}, milliseconds{2000}},
           Case{0.9, milliseconds{3000}, milliseconds{3000}},
           Case{3, milliseconds{250}, milliseconds{500}},
       }) {
    CAPTURE(c.rate.value_or(-1));
    CAPTURE(c.tick.count());
    CHECK(period_for(c.rate, c.tick).count() == Duration{c.want}.count());
  }
  CHECK(period_for(0, milliseconds{100}) == kPaused);
}

TEST_CASE("beats stand on a grid of multiples, the same for everybody") {
  const Period period = milliseconds{200};
  const auto at = [](std::int64_t microseconds) { return Instant{Duration{microseconds}}; };
  CHECK(beat_number(at(0), period) == 0);
  CHECK(beat_number(at(199'999), period) == 0);
  CHECK(beat_number(at(200'000), period) == 1);
  CHECK(beat_number(at(200'001), period) == 1);
}

}  // namespace
}  // namespace starling::fanout

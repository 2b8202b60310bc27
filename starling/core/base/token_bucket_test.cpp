#include "starling/core/base/token_bucket.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"

namespace starling {
namespace {

constexpr Rate kRate{.per_second = 50, .burst = 100};

Instant at(Duration since_start) { return Instant{std::chrono::hours{1}} + since_start; }

TEST_CASE("after quiet there is a burst and not one more") {
  TokenBucket bucket{kRate, at(Duration{0})};
  CHECK(bucket.is_full(kRate, at(Duration{0})));
  bucket.take(99, kRate, at(Duration{0}));
  CHECK(bucket.available(kRate, at(Duration{0})) == 1);
  bucket.take(1, kRate, at(Duration{0}));
  CHECK(bucket.available(kRate, at(Duration{0})) == 0);
  bucket.take(1, kRate, at(Duration{0}));  // there is none to take: no debt
  CHECK(bucket.available(kRate, at(std::chrono::milliseconds{20})) == 1);
}

TEST_CASE("tokens come back one after the other, up to the burst") {
  struct Case {
    Duration after;
    std::uint64_t want;
  };
  for (const Case& c : {Case{std::chrono::microseconds{19'999}, 0}, Case{std::chrono::microseconds{20'000}, 1},
                        Case{std::chrono::microseconds{39'999}, 1}, Case{std::chrono::microseconds{40'000}, 2},
                        Case{std::chrono::microseconds{1'999'999}, 99}, Case{std::chrono::seconds{2}, 100}, Case{std::chrono::hours{1}, 100}}) {
    CAPTURE(c.after.count());
    TokenBucket bucket{kRate, at(Duration{0})};
    bucket.take(100, kRate, at(Duration{0}));
    CHECK(bucket.available(kRate, at(c.after)) == c.want);
    CHECK(bucket.is_full(kRate, at(c.after)) == (c.want == 100));
  }
}

TEST_CASE("it says when there will be so many, and keeps its word") {
  for (const Rate rate : {Rate{1, 1}, kRate, Rate{3, 7}, Rate{1 << 20, 2 << 20}}) {
    for (const std::uint64_t tokens : {std::uint64_t{1}, rate.burst / 2 + 1, rate.burst}) {
      CAPTURE(rate.per_second);
      CAPTURE(tokens);
      TokenBucket bucket{rate, at(Duration{0})};
      CHECK(bucket.when_available(tokens, rate) == at(Duration{0}));
      bucket.take(rate.burst, rate, at(Duration{0}));
      const Instant when = bucket.when_available(tokens, rate);
      CHECK(bucket.available(rate, when) >= tokens);
      const auto needed = std::chrono::duration<double, std::micro>{static_cast<double>(tokens) * 1e6 / static_cast<double>(rate.per_second)};
      CHECK(when - at(Duration{0}) <= std::chrono::ceil<Duration>(needed) + Duration{1});
    }
  }
}

TEST_CASE("however it is asked, no more comes out than the burst and the rate allow") {
  const std::uint64_t seed = 20261121;
  CAPTURE(seed);
  Random random{seed};
  TokenBucket bucket{kRate, at(Duration{0})};
  Duration elapsed{0};
  std::uint64_t taken = 0;
  while (elapsed < std::chrono::minutes{10}) {
    elapsed += Duration{static_cast<Duration::rep>(random.below(100'000))};
    const std::uint64_t tokens = std::min(random.below(20), bucket.available(kRate, at(elapsed)));
    bucket.take(tokens, kRate, at(elapsed));
    taken += tokens;
    const auto allowed = static_cast<double>(kRate.burst) + static_cast<double>(elapsed.count()) / 1e6 * static_cast<double>(kRate.per_second);
    REQUIRE(static_cast<double>(taken) <= allowed + 1e-3);
  }
  CHECK(taken > 5000);
}

TEST_CASE("a time that is past changes nothing") {
  TokenBucket bucket{kRate, at(std::chrono::seconds{1})};
  bucket.take(100, kRate, at(std::chrono::seconds{1}));
  bucket.take(1, kRate, at(Duration{0}));
  CHECK(bucket.available(kRate, at(Duration{0})) == 0);
  CHECK(bucket.available(kRate, at(std::chrono::seconds{1}) + std::chrono::milliseconds{20}) == 1);
}

}  // namespace
}  // namespace starling

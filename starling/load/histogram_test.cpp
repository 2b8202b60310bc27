#include "starling/load/histogram.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::load {
namespace {

constexpr double kShares[] = {0.001, 0.25, 0.5, 0.9, 0.99, 0.999, 1};

std::uint64_t true_quantile(const std::vector<std::uint64_t>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

TEST_CASE("of nothing every quantile is 0") {
  const Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(histogram.max() == 0);
}

TEST_CASE("values below 256 are told exactly") {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 256; ++value) histogram.record(value);
  for (std::uint64_t value = 0; value < 256; ++value) {
    CAPTURE(value);
    CHECK(histogram.quantile((static_cast<double>(value) + 1) / 256) == value);
  }
}

TEST_CASE("at the edges of buckets a value alone is told as itself") {
  for (const std::uint64_t value : {std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{257}, std::uint64_t{511}, std::uint64_t{512},
                                    (std::uint64_t{1} << 63) - 1, std::uint64_t{1} << 63, std::numeric_limits<std::uint64_t>::max()}) {
    CAPTURE(value);
    Histogram histogram;
    histogram.record(value);
    CHECK(histogram.quantile(0.5) == value);
    CHECK(histogram.quantile(1) == value);
    CHECK(histogram.max() == value);
  }
}

TEST_CASE("a value recorded many times counts as often") {
  Histogram histogram;
  histogram.record(10, 99);
  histogram.record(1'000);
  CHECK(histogram.count() == 100);
  CHECK(histogram.quantile(0.99) == 10);
  CHECK(histogram.quantile(0.991) == 1'000);
}

TEST_CASE("a quantile is never below the sorted one, and above it by less than the stated error") {
  const char* given = std::getenv("STARLING_SEED");
  const std::uint64_t first_seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  for (std::uint64_t seed = first_seed; seed < first_seed + 200; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Histogram histogram;
    std::vector<std::uint64_t> values;
    const auto count = 1 + random.below(2'000);
    for (std::uint64_t i = 0; i < count; ++i) {
      // Of every magnitude alike.
      const std::uint64_t value = random.next() >> random.below(64);
      values.push_back(value);
      histogram.record(value);
    }
    std::sort(values.begin(), values.end());
    for (const double share : kShares) {
      CAPTURE(share);
      const std::uint64_t is = true_quantile(values, share), told = histogram.quantile(share);
      REQUIRE(told >= is);
      REQUIRE(static_cast<double>(told - is) <= static_cast<double>(is) * Histogram::kRelativeErrorMax);
    }
    REQUIRE(histogram.quantile(1) == values.back());
    REQUIRE(histogram.max() == values.back());
  }
}

}  // namespace
}  // namespace starling::load

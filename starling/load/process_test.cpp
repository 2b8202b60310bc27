#include "starling/load/process.hpp"

#include <doctest/doctest.h>

namespace starling::load {
namespace {

TEST_CASE("the ticks of a process are found behind its name, whatever that holds") {
  struct Case {
    std::string_view stat;
    std::optional<std::uint64_t> want;
  };
  for (const Case& c : {Case{"7 (starling) S 1 7 7 0 -1 4194304 100 0 0 0 31 11 0 0 20 0 1 0 5 0 0\n", 42},
                        Case{"7 (a) b (c d) R 1 7 7 0 -1 4194304 100 0 0 0 31 11 0 0 20", 42},
                        Case{"7 (starling) S 1 7 7 0 -1 4194304 100 0 0 0 31", std::nullopt},
                        Case{"7 (starling) S 1 7 7 0 -1 4194304 100 0 0 0 31 x1 0", std::nullopt},
                        Case{"7 starling S 1 7 7", std::nullopt},
                        Case{"", std::nullopt}}) {
    CAPTURE(c.stat);
    CHECK(cpu_ticks(c.stat) == c.want);
  }
}

TEST_CASE("this process has memory and descriptors, and one that cannot be is none") {
  const auto own = measured("self");
  REQUIRE(own);
  CHECK(own->resident_bytes > 100'000);
  CHECK(own->anonymous_bytes > 0);
  CHECK(own->anonymous_bytes <= own->resident_bytes);
  CHECK(own->descriptors >= 3);
  CHECK_FALSE(measured("0"));
}

}  // namespace
}  // namespace starling::load

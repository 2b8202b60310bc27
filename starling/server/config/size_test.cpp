#include "starling/server/config/size.hpp"

#include <doctest/doctest.h>

using starling::config::format_size;
using starling::config::read_size;

TEST_CASE("a size is a number and a unit: the i makes it binary") {
  struct Case {
    std::string_view text;
    std::uint64_t want;
  };
  for (const Case& c :
       {Case{"256KiB", 262'144}, Case{"4MiB", 4'194'304}, Case{"64MB", 64'000'000}, Case{"1GiB", 1'073'741'824},
        Case{"1GB", 1'000'000'000}, Case{"1kB", 1'000}, Case{"1KB", 1'000}, Case{"17B", 17}, Case{"0B", 0},
        Case{"1.5MiB", 1'572'864}, Case{"64 MiB", 67'108'864}, Case{"18446744073709551615B", ~std::uint64_t{0}}}) {
    CAPTURE(c.text);
    CHECK(read_size(c.text) == c.want);
  }
}

TEST_CASE("what is no size reads as nothing") {
  for (const std::string_view text : {"", "KiB", "262144", "1 kib", "1K", "1M", "1Mb", "0.3KiB", "-1B", "1.B",
                                      "18446744073709551616B", "17179869184GiB", "10 apples"}) {
    CAPTURE(text);
    CHECK_FALSE(read_size(text).has_value());
  }
}

TEST_CASE("a size is written in the largest binary unit that leaves it whole, and reads back") {
  struct Case {
    std::uint64_t bytes;
    std::string_view want;
  };
  for (const Case& c : {Case{262'144, "256KiB"}, Case{1'500, "1500B"}, Case{1u << 30, "1GiB"}, Case{0, "0B"}}) {
    CAPTURE(c.want);
    CHECK(format_size(c.bytes) == c.want);
    CHECK(read_size(c.want) == c.bytes);
  }
}

#include "starling/sources/decimal.hpp"

#include <doctest/doctest.h>

#include <string>

namespace starling::sources {
namespace {

TEST_CASE("moving the point loses no digit and writes the shortest form") {
  struct Case {
    std::string_view number;
    std::int64_t exponent;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"387000001", -7, "38.7000001"},
           Case{"-91500000", -7, "-9.15"},
           Case{"-1", -7, "-0.0000001"},
           Case{"1", -7, "0.0000001"},
           Case{"0", -7, "0"},
           Case{"-0", -7, "0"},
           Case{"0.000", 3, "0"},
           Case{"2147483647", -7, "214.7483647"},
           Case{"-2147483648", -7, "-214.7483648"},
           Case{"1.50", 0, "1.5"},
           Case{"1.50e1", 1, "150"},
           Case{"12E-1", 0, "1.2"},
           Case{"100", -2, "1"},
           Case{"9007199254740993", 0, "9007199254740993"},
           Case{"12345678901234567890123456789012345678901234567", -7,
                "1234567890123456789012345678901234567890.1234567"},
           Case{"1", 39, "1000000000000000000000000000000000000000"},
           Case{"1", 40, "1e40"},
           Case{"-15", 300, "-1.5e301"},
           Case{"1e999999999999999999999999", 0, "1e1000000000000"},
           Case{"1e-999999999999999999999999", 0, "1e-1000000000000"},
       }) {
    CAPTURE(c.number);
    CHECK(shifted(c.number, c.exponent) == c.want);
  }
}

TEST_CASE("a scale is taken for the decimal it was written as, so there is no float noise") {
  struct Case {
    std::string_view number;
    double scale;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"387000001", 1e-7, "38.7000001"},
           Case{"387000000", 1e-7, "38.7"},
           Case{"-387000001", 1e-7, "-38.7000001"},
           Case{"387000001", -1e-7, "-38.7000001"},
           Case{"0.1", 0.1, "0.01"},
           Case{"3", 0.1, "0.3"},
           Case{"21.5", 1.8, "38.7"},
           Case{"1013.25", 100, "101325"},
           Case{"36", 0.2777777777777778, "10"},
           Case{"5", 0, "0"},
           Case{"0", 2.5, "0"},
           Case{"99999999999999999999", 2, "200000000000000000000"},  // 20 digits in, 21 in the product, 20 kept
           Case{"12345678901234567890", 1, "12345678901234567890"},
       }) {
    CAPTURE(c.number);
    CHECK(scaled(c.number, c.scale) == c.want);
  }
}

}  // namespace
}  // namespace starling::sources

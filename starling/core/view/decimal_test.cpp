#include "starling/core/view/decimal.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::view {
namespace {

TEST_CASE("numbers compare by value, however they are written and however long they are") {
  // Each line is one value in several texts; the lines ascend.
  static const std::vector<std::vector<const char*>> kLines = {
      {"-1e99999999999999999999999"},
      {"-1e400"},
      {"-9007199254740993", "-9007199254740993.0", "-9.007199254740993e15"},
      {"-9007199254740992"},
      {"-10", "-10.0", "-1e1", "-1E+1", "-0.1e2", "-100e-1"},
      {"-9.99"},
      {"-1", "-1.000"},
      {"-0.01", "-1e-2"},
      {"-1e-999999999999999999"},
      {"0", "-0", "0.0", "-0.000", "0e5", "0e-99999999999999999999", "0.000e99999999999999999999"},
      {"1e-400"},
      {"0.001", "1e-3", "0.00100"},
      {"0.01"},
      {"0.0101"},
      {"0.1"},
      {"0.10000000000000000000000000000000000000000001"},
      {"1", "1.0", "1e0", "10e-1", "0.1e1", "1E+00"},
      {"1.0000000000000000000001"},
      {"9"},
      {"10", "1e1"},
      {"100", "1e2", "100.00"},
      {"9007199254740992"},
      {"9007199254740993", "9007199254740993.000"},
      {"123456789012345678901234567890"},
      {"123456789012345678901234567891"},
      {"1e308"},
      {"1e400", "10e399", "0.1e401"},
  };
  for (std::size_t i = 0; i < kLines.size(); ++i) {
    for (std::size_t j = 0; j < kLines.size(); ++j) {
      for (const char* a : kLines[i]) {
        for (const char* b : kLines[j]) {
          CAPTURE(a);
          CAPTURE(b);
          CHECK((Decimal{a} <=> Decimal{b}) == (i <=> j));
        }
      }
    }
  }
}

TEST_CASE("equal values have one text, which is a number of that value") {
  for (const auto& [number, want] : {std::pair{"0", "0"}, std::pair{"-0.0e7", "0"}, std::pair{"1.0", "1"}, std::pair{"-1.25", "-125e-2"},
                                     std::pair{"1200", "12e2"}, std::pair{"0.0012", "12e-4"}, std::pair{"12.5e3", "125e2"}}) {
    CAPTURE(number);
    const std::string text = Decimal{number}.text();
    CHECK(text == want);
    CHECK(Decimal{text} == Decimal{number});
    CHECK(Decimal{text}.text() == text);
  }
}

TEST_CASE("doubles in any notation compare as doubles do") {
  const std::uint64_t seed = 754;
  CAPTURE(seed);
  Random random{seed};
  struct Written {
    double value;
    std::string text;
  };
  const auto any_number = [&random]() -> Written {
    double value = random.chance(0.5) ? static_cast<double>(random.below(7)) - 3 : random.unit() * 4 - 2;
    for (std::uint64_t i = random.below(4); i > 0; --i) value *= random.chance(0.5) ? 1000 : 1 / 1024.0;
    char room[64];
    const auto format = random.chance(0.5) ? std::chars_format::scientific : std::chars_format::fixed;
    const auto end = std::to_chars(room, room + sizeof room, value, format).ptr;
    return {value, std::string{room, end}};
  };
  for (int i = 0; i < 20'000; ++i) {
    const Written a = any_number(), b = any_number();
    CAPTURE(a.text);
    CAPTURE(b.text);
    // The shortest text that reads back as the double is told apart from that of another double, and in the same order.
    REQUIRE((Decimal{a.text} < Decimal{b.text}) == (a.value < b.value));
    REQUIRE((Decimal{a.text} == Decimal{b.text}) == (a.value == b.value));
  }
}

}  // namespace
}  // namespace starling::view

#include "starling/core/base/time.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "starling/core/base/random.hpp"

namespace starling {
namespace {

Timestamp at(std::int64_t milliseconds) { return Timestamp{std::chrono::milliseconds{milliseconds}}; }

TEST_CASE("a timestamp is written in UTC with milliseconds") {
  struct Case {
    const char* name;
    std::int64_t milliseconds;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"the origin", 0, "1970-01-01T00:00:00.000Z"},
           Case{"one before it", -1, "1969-12-31T23:59:59.999Z"},
           Case{"one after it", 1, "1970-01-01T00:00:00.001Z"},
           Case{"a day of ours", 1'795'251'600'000, "2026-11-21T09:00:00.000Z"},
           Case{"29 February of a leap year", 1'709'164'800'000, "2024-02-29T00:00:00.000Z"},
           Case{"29 February of 2000", 951'782'400'000, "2000-02-29T00:00:00.000Z"},
           Case{"the day after 28 February 1900", -2'203'891'200'000, "1900-03-01T00:00:00.000Z"},
           Case{"the first of year 0", -62'167'219'200'000, "0000-01-01T00:00:00.000Z"},
           Case{"before year 0: clamped", -62'167'219'200'001, "0000-01-01T00:00:00.000Z"},
           Case{"the last of 9999", 253'402'300'799'999, "9999-12-31T23:59:59.999Z"},
           Case{"after 9999: clamped", 253'402'300'800'000, "9999-12-31T23:59:59.999Z"},
           Case{"the earliest there is", std::numeric_limits<std::int64_t>::min(), "0000-01-01T00:00:00.000Z"},
           Case{"the latest there is", std::numeric_limits<std::int64_t>::max(), "9999-12-31T23:59:59.999Z"},
       }) {
    CAPTURE(c.name);
    CHECK(format_rfc3339(at(c.milliseconds)) == c.want);
  }
}

TEST_CASE("what is written reads as what it was") {
  static constexpr std::uint64_t kSeed = 3339;
  CAPTURE(kSeed);
  Random random{kSeed};
  for (int i = 0; i < 20'000; ++i) {
    const auto milliseconds = static_cast<std::int64_t>(random.below(315'569'520'000'000)) - 62'167'219'200'000;
    const std::string text = format_rfc3339(at(milliseconds));
    CAPTURE(text);
    REQUIRE(text.size() == 24);
    REQUIRE(parse_rfc3339(text) == at(milliseconds));
  }
}

TEST_CASE("any offset and any number of digits of the second are read") {
  struct Case {
    const char* name;
    std::string_view text;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"no fraction", "2026-11-21T09:00:00Z", "2026-11-21T09:00:00.000Z"},
           Case{"one digit", "2026-11-21T09:00:00.5Z", "2026-11-21T09:00:00.500Z"},
           Case{"two digits", "2026-11-21T09:00:00.05Z", "2026-11-21T09:00:00.050Z"},
           Case{"three digits", "2026-11-21T09:00:00.005Z", "2026-11-21T09:00:00.005Z"},
           Case{"four digits, cut and not rounded", "2026-11-21T09:00:00.9999Z", "2026-11-21T09:00:00.999Z"},
           Case{"nanoseconds", "2026-11-21T09:00:00.123456789Z", "2026-11-21T09:00:00.123Z"},
           Case{"thirty digits", "2026-11-21T09:00:00.123456789012345678901234567890Z", "2026-11-21T09:00:00.123Z"},
           Case{"lower-case letters", "2026-11-21t09:00:00z", "2026-11-21T09:00:00.000Z"},
           Case{"ahead", "2026-11-21T09:00:00+01:00", "2026-11-21T08:00:00.000Z"},
           Case{"behind", "2026-11-21T09:00:00-05:30", "2026-11-21T14:30:00.000Z"},
           Case{"ahead into the day before", "2026-03-01T00:30:00.250+01:00", "2026-02-28T23:30:00.250Z"},
           Case{"behind into the next year", "2026-12-31T23:30:00-01:00", "2027-01-01T00:30:00.000Z"},
           Case{"offset zero", "2026-11-21T09:00:00+00:00", "2026-11-21T09:00:00.000Z"},
           Case{"offset unknown (RFC 3339 §4.3)", "2026-11-21T09:00:00-00:00", "2026-11-21T09:00:00.000Z"},
           Case{"the widest offset", "2026-11-21T23:59:00+23:59", "2026-11-21T00:00:00.000Z"},
           Case{"a leap second is the second after", "2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
           Case{"a leap second with a fraction", "2016-12-31T23:59:60.750Z", "2017-01-01T00:00:00.750Z"},
           Case{"a leap second elsewhere", "2017-01-01T00:59:60+01:00", "2017-01-01T00:00:00.000Z"},
           Case{"29 February of a leap year", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"},
           Case{"29 February of 2000", "2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000Z"},
           Case{"the last millisecond of a day", "2026-11-21T23:59:59.999Z", "2026-11-21T23:59:59.999Z"},
           Case{"year 0", "0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"},
       }) {
    CAPTURE(c.name);
    const auto time = parse_rfc3339(c.text);
    REQUIRE(time.has_value());
    CHECK(format_rfc3339(*time) == c.want);
  }
}

TEST_CASE("anything else is no time") {
  for (const std::string_view text : {
           "",
           "now",
           "2026\r11\r21T09:00:00Z",
           "2026-11-21T09\x1a" "00:00Z",
           "2026-11-21T09:00:00\x0e" "5Z",
           "2026-11-21T09:00:00\x0b" "01:00",
           "2026-11-21",
           "2026-11-21T09:00Z",
           "2026-11-21T09:00:00",
           "2026-11-21 09:00:00Z",
           "2026-11-21T09:00:00 Z",
           " 2026-11-21T09:00:00Z",
           "2026-11-21T09:00:00Z ",
           "2026-11-21T09:00:00ZZ",
           "2026-11-21T09:00:00.Z",
           "2026-11-21T09:00:00,5Z",
           "2026-11-21T09:00:00.5",
           "2026-11-21T09:00:00.5.5Z",
           "2026-11-21T09:00:00+1:00",
           "2026-11-21T09:00:00+0100",
           "2026-11-21T09:00:00+01",
           "2026-11-21T09:00:00+24:00",
           "2026-11-21T09:00:00+01:60",
           "2026-11-21T09:00:00Z+01:00",
           "2026-00-21T09:00:00Z",
           "2026-13-21T09:00:00Z",
           "2026-11-00T09:00:00Z",
           "2026-11-31T09:00:00Z",
           "2026-02-29T09:00:00Z",
           "1900-02-29T09:00:00Z",
           "2024-02-30T09:00:00Z",
           "2026-11-21T24:00:00Z",
           "2026-11-21T09:60:00Z",
           "2026-11-21T09:00:61Z",
           "26-11-21T09:00:00Z",
           "12026-11-21T09:00:00Z",
           "-026-11-21T09:00:00Z",
           "+026-11-21T09:00:00Z",
           "2026-1-21T09:00:00Z",
           "2026/11/21T09:00:00Z",
           "20261121T090000Z",
           "2026-11-21T+9:00:00Z",
           "1795251600",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_rfc3339(text));
  }
}

TEST_CASE("no beginning of a time is a time") {
  static constexpr std::string_view kText = "2026-11-21T09:00:00.000+01:00";
  REQUIRE(parse_rfc3339(kText));
  for (std::size_t size = 0; size < kText.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_rfc3339(std::string{kText.substr(0, size)}));
  }
}

}  // namespace
}  // namespace starling

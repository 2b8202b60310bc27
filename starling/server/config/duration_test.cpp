#include "starling/server/config/duration.hpp"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using starling::Duration;
using starling::config::format_duration;
using starling::config::read_duration;

TEST_CASE("a duration is a number and a unit") {
  struct Case {
    std::string_view text;
    Duration want;
  };
  for (const Case& c :
       {Case{"100ms", 100ms}, Case{"24h", 24h}, Case{"1.5s", 1500ms}, Case{"0s", 0s}, Case{"7d", 168h},
        Case{"250us", 250us}, Case{"2m", 2min}, Case{"0.000001s", 1us}, Case{"1.50s", 1500ms}, Case{"30 s", 30s},
        Case{"0.5d", 12h}, Case{"9223372036854775807us", Duration::max()}}) {
    CAPTURE(c.text);
    CHECK(read_duration(c.text) == c.want);
  }
}

TEST_CASE("what is no duration reads as nothing") {
  for (const std::string_view text : {"",
                                      "s",
                                      "100",
                                      "100 apples",
                                      "-1s",
                                      "+1s",
                                      "1.s",
                                      ".5s",
                                      "1,5s",
                                      "1s ",
                                      " 1s",
                                      "1  s",
                                      "1S",
                                      "1h30m",
                                      "0.5us",
                                      "1e3s",
                                      "0x1s",
                                      "9223372036854775808us",
                                      "18446744073709551616us",
                                      "106751991168d",
                                      "0.00000000000000000001d"}) {
    CAPTURE(text);
    CHECK_FALSE(read_duration(text).has_value());
  }
}

TEST_CASE("a duration is written in the largest unit that leaves it whole, and reads back") {
  struct Case {
    Duration duration;
    std::string_view want;
  };
  for (const Case& c : {Case{100ms, "100ms"}, Case{1500ms, "1500ms"}, Case{60s, "1m"}, Case{48h, "2d"},
                        Case{0s, "0s"}, Case{1us, "1us"}}) {
    CAPTURE(c.want);
    CHECK(format_duration(c.duration) == c.want);
    CHECK(read_duration(c.want) == c.duration);
  }
}

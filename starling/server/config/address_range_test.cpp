#include "starling/server/config/address_range.hpp"

#include <doctest/doctest.h>

using starling::config::read_address_range;

TEST_CASE("a range holds the addresses from its first to its last") {
  struct Case {
    std::string_view range, address;
    bool want;
  };
  for (const Case& c : {Case{"192.0.2.7", "192.0.2.7", true},
                        Case{"192.0.2.7", "192.0.2.8", false},
                        Case{"10.0.0.0/8", "9.255.255.255", false},
                        Case{"10.0.0.0/8", "10.0.0.0", true},
                        Case{"10.0.0.0/8", "10.255.255.255", true},
                        Case{"10.0.0.0/8", "11.0.0.0", false},
                        Case{"10.1.2.3/8", "10.9.9.9", true},
                        Case{"172.16.0.0/12", "172.15.255.255", false},
                        Case{"172.16.0.0/12", "172.31.255.255", true},
                        Case{"172.16.0.0/12", "172.32.0.0", false},
                        Case{"0.0.0.0/0", "255.1.2.3", true},
                        Case{"0.0.0.0/0", "2001:db8::1", false},
                        Case{"::1", "::1", true},
                        Case{"::1", "0:0:0:0:0:0:0:1", true},
                        Case{"::1", "::2", false},
                        Case{"2001:db8::/33", "2001:db8:7fff::", true},
                        Case{"2001:db8::/33", "2001:db8:8000::", false},
                        Case{"::/0", "10.0.0.1", true},
                        Case{"10.0.0.0/8", "::ffff:10.1.2.3", true},
                        Case{"10.0.0.0/32", "10.0.0.1", false},
                        Case{"10.0.0.0/8", "10.0.0.1:80", false},
                        Case{"10.0.0.0/8", "", false},
                        Case{"::1", "localhost", false}}) {
    CAPTURE(c.range);
    CAPTURE(c.address);
    const auto range = read_address_range(c.range);
    REQUIRE(range);
    CHECK(range->contains(c.address) == c.want);
  }
}

TEST_CASE("what is no address and no network is no range") {
  for (const std::string_view text : {"", "localhost", "10.0.0", "10.0.0.256", "10.0.0.0/", "10.0.0.0/33",
                                      "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "[::1]", "::1%lo", "/8", "*"}) {
    CAPTURE(text);
    CHECK_FALSE(read_address_range(text).has_value());
  }
}

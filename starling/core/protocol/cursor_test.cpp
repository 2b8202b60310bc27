#include "starling/core/protocol/cursor.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace starling::protocol {
namespace {

TEST_CASE("a cursor is read as it was written") {
  struct Case {
    std::string epoch;
    std::uint64_t seq;
    std::string view;
    std::string_view text;
  };
  for (const Case& c : {Case{"e1", 43, "q9f3c", "e1:43:q9f3c"}, Case{"e1", 0, "q", "e1:0:q"}, Case{"00a1", std::numeric_limits<std::uint64_t>::max(), "q1r2", "00a1:18446744073709551615:q1r2"},
                        Case{"life:of:2", 7, "q", "life:of:2:7:q"}, Case{"1:2", 3, "4", "1:2:3:4"}}) {
    CAPTURE(c.text);
    CHECK(write_cursor(c.epoch, c.seq, c.view) == c.text);
    const auto read = read_cursor(c.text);
    REQUIRE(read);
    CHECK(read->epoch == c.epoch);
    CHECK(read->seq == c.seq);
    CHECK(read->view == c.view);
  }
}

TEST_CASE("what nobody writes is no cursor") {
  for (const std::string_view text : {"", ":", "::", ":::", "e", "e:1", "e:1:", ":1:q", "e::q", "e:x:q", "e:-1:q", "e:+1:q", "e: 1:q", "e:1 :q", "e:01:q", "e:00:q", "e:1.0:q",
                                      "e:18446744073709551616:q", "e:1:q q", "e e:1:q", "e\n:1:q", "e:1:q\n", "e:1:\xC3\xA4", "\"e\":1:q\x7F"}) {
    CAPTURE(text);
    CHECK(!read_cursor(text));
  }
}

}  // namespace
}  // namespace starling::protocol

#include "starling/server/config/suggestion.hpp"

#include <doctest/doctest.h>

#include <array>

using starling::config::edit_distance;
using starling::config::nearest;

TEST_CASE("the distance counts letters put in, left out, exchanged, and swapped") {
  struct Case {
    std::string_view from, to;
    std::size_t want;
  };
  for (const Case& c : {Case{"", "", 0}, Case{"", "abc", 3}, Case{"tick", "tick", 0}, Case{"messge", "message", 1},
                        Case{"tikc", "tick", 1}, Case{"listne", "listen", 1}, Case{"tack", "tick", 1},
                        Case{"kitten", "sitting", 3}, Case{"ab", "ba", 1}}) {
    CAPTURE(c.from);
    CAPTURE(c.to);
    CHECK(edit_distance(c.from, c.to) == c.want);
    CHECK(edit_distance(c.to, c.from) == c.want);
  }
}

TEST_CASE("a word is suggested while at most a third of its letters, or one, is wrong") {
  constexpr std::array<std::string_view, 4> known{"listen", "tick", "message_bytes", "key"};
  CHECK(nearest("messge_byte", known) == "message_bytes");
  CHECK(nearest("lisstenn", known) == "listen");
  CHECK(nearest("lixxen", known) == "listen");      // two of six
  CHECK(nearest("lixxxn", known) == std::nullopt);  // three of six
  CHECK(nearest("kex", known) == "key");            // one of three
  CHECK(nearest("xex", known) == std::nullopt);     // two of three
  CHECK(nearest("bounds", known) == std::nullopt);
  CHECK(nearest("", known) == std::nullopt);
}

#include "starling/core/state/channel.hpp"

#include <doctest/doctest.h>

namespace starling::state {
namespace {

TEST_CASE("a channel is named space:facet, both of a to z, 0 to 9, _ . and -") {
  for (const char* good : {"mesh:position", "a:b", "0:9", "a_b.c-d:e_f.g-h", "-:.", "_:_"}) {
    CAPTURE(good);
    CHECK(is_channel_name(good));
  }
  for (const char* bad : {"", ":", "a", "a:", ":b", "a:b:c", "a::b", "Mesh:position", "mesh:Position", "a b:c", "a:b ", "mesh:*", "*", "a/b:c",
                          "mesh:\xC3\xA9", "a:b\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_channel_name(bad));
  }
  CHECK_FALSE(is_channel_name(std::string_view{"a:b\0", 4}));
}

TEST_CASE("a space's name and a facet's have at most 128 bytes: one below, at and one above") {
  for (const std::size_t bytes : {kChannelPartBytesMax - 1, kChannelPartBytesMax, kChannelPartBytesMax + 1}) {
    CAPTURE(bytes);
    const std::string part(bytes, 'a'), longest(kChannelPartBytesMax, 'b');
    for (const std::string& name : {part + ":x", "x:" + part, part + ':' + longest, longest + ':' + part}) {
      CHECK(is_channel_name(name) == (bytes <= kChannelPartBytesMax));
    }
  }
}

TEST_CASE("a key is 1 to 256 bytes of UTF-8 without control characters") {
  struct Case {
    const char* name;
    std::string key;
    bool good;
  };
  for (const Case& c : {
           Case{"nothing", "", false},
           Case{"one byte", "a", true},
           Case{"255 bytes", std::string(255, 'a'), true},
           Case{"256 bytes", std::string(256, 'a'), true},
           Case{"257 bytes", std::string(257, 'a'), false},
           Case{"128 characters of two bytes", [] { std::string key; for (int i = 0; i < 128; ++i) key += "\xC3\xA9"; return key; }(), true},
           Case{"spaces, quotes and slashes", " \"\\/ !a1", true},
           Case{"U+0000", std::string(1, '\0'), false},
           Case{"U+001F", "a\x1F", false},
           Case{"U+0020", "\x20", true},
           Case{"U+007E", "~", true},
           Case{"U+007F", "a\x7F", false},
           Case{"U+0080", "\xC2\x80", false},
           Case{"U+009F", "a\xC2\x9F", false},
           Case{"U+00A0", "\xC2\xA0", true},
           Case{"bytes of C2 that belong to another character", "\xE0\xA0\x82\xC3\x82", true},
           Case{"not UTF-8", "a\xFF", false},
           Case{"half a character", "a\xC3", false},
           Case{"a surrogate", "\xED\xA0\x80", false},
       }) {
    CAPTURE(c.name);
    CHECK(is_key(c.key) == c.good);
  }
}

}  // namespace
}  // namespace starling::state

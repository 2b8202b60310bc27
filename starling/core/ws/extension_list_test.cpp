#include "starling/core/ws/extension_list.hpp"

#include <doctest/doctest.h>

namespace starling::ws {
namespace {

using Parameters = std::vector<ExtensionParameter>;
using List = std::vector<Extension>;

std::optional<List> read(const std::vector<std::string_view>& values) { return read_extension_list(values); }

TEST_CASE("what RFC 6455 §9.1 allows is read") {
  struct Case {
    std::string_view name;
    std::vector<std::string_view> headers;
    List want;
  };
  for (const Case& c : {
           Case{"no header", {}, {}},
           Case{"a name", {"foo"}, {{"foo", {}}}},
           Case{"the RFC's own: two in a list", {"foo, bar; baz=2"}, {{"foo", {}}, {"bar", {{"baz", "2"}}}}},
           Case{"the RFC's own: two headers are one list", {"foo", "bar; baz=2"}, {{"foo", {}}, {"bar", {{"baz", "2"}}}}},
           Case{"the RFC's own: parameters without a value", {"deflate-stream", "mux; max-channels=4; flow-control, deflate-stream", "private-extension"},
                {{"deflate-stream", {}}, {"mux", {{"max-channels", "4"}, {"flow-control", std::nullopt}}}, {"deflate-stream", {}}, {"private-extension", {}}}},
           Case{"a parameter twice is for others to judge", {"foo;a;a=1"}, {{"foo", {{"a", std::nullopt}, {"a", "1"}}}}},
           Case{"white space where a list may have it", {" \tfoo \t;\ta = 1 , bar\t"}, {{"foo", {{"a", "1"}}}, {"bar", {}}}},
           Case{"a quoted value", {R"(foo; a="10"; b)"}, {{"foo", {{"a", "10"}, {"b", std::nullopt}}}}},
           Case{"a quoted value with what is escaped for nothing", {R"(foo; a="1\0")"}, {{"foo", {{"a", "10"}}}}},
           Case{"elements that are empty beside others", {",foo,, ,bar,"}, {{"foo", {}}, {"bar", {}}}},
           Case{"every mark of a token", {"!#$%&'*+-.^_`|~09azAZ"}, {{"!#$%&'*+-.^_`|~09azAZ", {}}}},
       }) {
    CAPTURE(c.name);
    const auto list = read(c.headers);
    REQUIRE(list.has_value());
    CHECK((*list == c.want));
  }
}

TEST_CASE("what RFC 6455 §9.1 does not allow is no list") {
  for (const std::string_view value : {"", " ", ",", " , ,", ";", "foo;", "foo; ;a", "foo;=1", "foo; a=", "foo; a==1", "foo; a=,bar", "foo bar", "foo; a b", "foo=1", "foo/1",
                                       "foo; a=\"", "foo; a=\"1", "foo; a=\"\"", "foo; a=\"1 0\"", "foo; a=\"1,0\"", "foo; a=\"1\\", "foo; a=\"\\\"\"", "foo; a=\"1\"0", "f\xC3\xB6o",
                                       "foo; a=1;", "foo\x01"}) {
    CAPTURE(value);
    CHECK_FALSE(read({value}).has_value());
    CHECK_FALSE(read({"good", value}).has_value());
    CHECK_FALSE(read({value, "good"}).has_value());
  }
}

}  // namespace
}  // namespace starling::ws

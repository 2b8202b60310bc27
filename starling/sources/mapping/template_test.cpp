#include "starling/sources/mapping/template.hpp"

#include <doctest/doctest.h>

namespace starling::sources::mapping {
namespace {

TEST_CASE("a template is filled from the topic, its wildcards and the payload") {
  struct Case {
    std::string_view text, want;
  };
  for (const Case& c : {
           Case{"", ""},
           Case{"site:state", "site:state"},
           Case{"{1}", "cellar"},
           Case{"site:{2}", "site:a/b"},
           Case{"{0}", "sensors/cellar/a/b"},
           Case{"{2}-{1}-{2}", "a/b-cellar-a/b"},
           Case{"{id}", "uav \"1\""},
           Case{"{number}", "17"},
           Case{"{{{1}}}", "{cellar}"},
       }) {
    CAPTURE(c.text);
    const auto parsed = Template::parse(c.text);
    REQUIRE(parsed.has_value());
    const auto filled =
        parsed->fill("sensors/cellar/a/b", {"cellar", "a/b"}, R"({"id":"uav \"1\"","number":17,"nested":{}})");
    REQUIRE(filled.has_value());
    CHECK(*filled == c.want);
  }
  CHECK(Template::parse("{2}-{1}")->wildcards_needed() == 2);
  CHECK(Template::parse("{0}{id}")->wildcards_needed() == 0);
  CHECK(Template::parse("a{{b")->is_literal());
  CHECK_FALSE(Template::parse("a{0}")->is_literal());
}

TEST_CASE("a template with a field the payload does not have gives nothing") {
  for (const std::string_view object : {R"({})", R"({"id":null})", R"({"id":{}})", R"({"id":true})"}) {
    CAPTURE(object);
    CHECK_FALSE(Template::parse("{id}")->fill("a", {}, object).has_value());
  }
}

TEST_CASE("a brace left open or alone is refused") {
  for (const std::string_view text : {"{", "a{1", "}", "a}b", "{}"}) {
    CAPTURE(text);
    CHECK_FALSE(Template::parse(text).has_value());
  }
}

}  // namespace
}  // namespace starling::sources::mapping

#include "starling/io/http/query.hpp"

#include <doctest/doctest.h>

namespace starling::http {
namespace {

TEST_CASE("a query is names and values, decoded") {
  struct Case {
    std::string_view text;
    std::vector<std::string> a, b;
  };
  for (const Case& c :
       {Case{"", {}, {}}, Case{"a=1", {"1"}, {}}, Case{"a=1&b=2", {"1"}, {"2"}}, Case{"a=1&a=2", {"1", "2"}, {}},
        Case{"a", {""}, {}}, Case{"a=", {""}, {}}, Case{"&&a=1&", {"1"}, {}}, Case{"a=x=y", {"x=y"}, {}},
        Case{"a=%21a1%2Fb", {"!a1/b"}, {}}, Case{"%61=1", {"1"}, {}}, Case{"a=1+2%2B", {"1 2+"}, {}},
        Case{"a=%c3%BC&b=%00", {"ü"}, {std::string(1, '\0')}}}) {
    CAPTURE(c.text);
    const auto query = Query::parse(c.text);
    REQUIRE(query);
    CHECK(query->all("a") == c.a);
    CHECK(query->all("b") == c.b);
    CHECK(query->find("a") == (c.a.empty() ? std::nullopt : std::optional{c.a.front()}));
  }
}

TEST_CASE("a % that is not followed by two hex digits is refused") {
  for (const std::string_view text : {"a=%", "a=%2", "a=%2g", "%zz=1", "a=1&b=%"}) {
    CAPTURE(text);
    CHECK(!Query::parse(text));
  }
  CHECK(!percent_decoded("%4"));
  CHECK(percent_decoded("a+b%3A") == "a+b:");
}

TEST_CASE("a list leaves out what is empty") {
  CHECK(split_list("a,b,,c,") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_list("").empty());
}

}  // namespace
}  // namespace starling::http

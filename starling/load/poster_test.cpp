#include "starling/load/poster.hpp"

#include <doctest/doctest.h>

namespace starling::load {
namespace {

TEST_CASE("what an answer accepts is its number, and nothing where it says none") {
  struct Case {
    std::string_view body;
    std::uint64_t want;
  };
  for (const Case& c : {Case{R"({"accepted":2,"seq":8})", 2}, Case{R"({ "accepted" : 1000 })", 1'000}, Case{R"({"accepted":-1})", 0}, Case{R"({"seq":8})", 0},
                        Case{R"([2])", 0}, Case{"<html>", 0}, Case{"", 0}}) {
    CAPTURE(c.body);
    CHECK(PosterAnswer{.status = 200, .body = std::string{c.body}}.accepted() == c.want);
  }
}

TEST_CASE("a refusal is told with the server's own words, in quotes and escapes") {
  CHECK(PosterAnswer{.status = 413, .body = R"({"status":413,"detail":"a body\u001b is too long"})"}.fault() ==
        R"(the server answers HTTP 413: "a body\u001b is too long")");
  CHECK(PosterAnswer{.status = 502, .body = "<html>"}.fault() == "the server answers HTTP 502");
}

}  // namespace
}  // namespace starling::load

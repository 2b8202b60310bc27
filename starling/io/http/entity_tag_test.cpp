#include "starling/io/http/entity_tag.hpp"

#include <doctest/doctest.h>

namespace starling::http {
namespace {

TEST_CASE("If-None-Match is a list of tags, weak ones alike, or any") {
  for (const std::string_view list : {R"("a")", R"("b", "a")", R"(W/"a")", R"(W/"b",W/"a")", "*"}) CHECK(matches_tag(list, R"("a")"));
  for (const std::string_view list : {"", R"("b")", "a", R"("a)", R"(w/"a")"}) CHECK(!matches_tag(list, R"("a")"));
}

}  // namespace
}  // namespace starling::http

#include "starling/server/routes/description.hpp"

#include <doctest/doctest.h>

namespace starling::routes {
namespace {

TEST_CASE("it is sent once to whoever keeps it, and each text is another") {
  const Description one{"{\"version\":1}"}, other{"{\"version\":2}"};
  const http::Response response = one.response("");
  CHECK(response.status == 200);
  CHECK(response.body == "{\"version\":1}");
  const auto tag_of = [](const http::Response& of) {
    for (const http::Header& header : of.headers) {
      if (header.name == "ETag") return header.value;
    }
    return std::string{};
  };
  const http::Response again = one.response(tag_of(response));
  CHECK(again.status == 304);
  CHECK(again.body.empty());
  CHECK(tag_of(again) == tag_of(response));
  CHECK(Description{"{\"version\":1}"}.response(tag_of(response)).status == 304);
  CHECK(other.response(tag_of(response)).status == 200);
}

}  // namespace
}  // namespace starling::routes

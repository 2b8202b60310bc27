#include "starling/server/routes/page.hpp"

#include <doctest/doctest.h>

namespace starling::routes {
namespace {

TEST_CASE("the policy allows the page's own script and style, by hash, and nothing else") {
  // printf '%s' 'alert(1)' | openssl dgst -sha256 -binary | base64
  CHECK(security_policy_of("<style>a{}</style><script>alert(1)</script>") ==
        "default-src 'none'; script-src 'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='; "
        "style-src 'sha256-X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk='; "
        "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
}

TEST_CASE("a page without a script may have none") {
  CHECK(security_policy_of("<p>").find("script-src 'none'; style-src 'none'") != std::string::npos);
}

TEST_CASE("the page is part of the program, whole") {
  const std::string_view page = page_text();
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(page.find("</html>") != std::string_view::npos);
  CHECK(page.find('\0') == std::string_view::npos);
}

}  // namespace
}  // namespace starling::routes

#include "starling/core/base/base64.hpp"

#include <doctest/doctest.h>

#include <array>

namespace starling {
namespace {

TEST_CASE("texts are written as RFC 4648 writes them") {
  struct Case {
    std::string_view text, want;
  };
  for (const Case& c : {Case{"", ""}, Case{"f", "Zg=="}, Case{"fo", "Zm8="}, Case{"foo", "Zm9v"}, Case{"foob", "Zm9vYg=="},
                        Case{"fooba", "Zm9vYmE="}, Case{"foobar", "Zm9vYmFy"}}) {
    CAPTURE(c.text);
    CHECK(base64(as_bytes(c.text)) == c.want);
  }
}

TEST_CASE("every digit is used, and bytes are not signed") {
  std::array<std::uint8_t, 48> all{};
  for (std::size_t digit = 0; digit < 64; ++digit) {  // six bits each, one after the other
    for (std::size_t bit = 0; bit < 6; ++bit) {
      const std::size_t at = digit * 6 + bit;
      all[at / 8] = static_cast<std::uint8_t>(all[at / 8] | ((digit >> (5 - bit) & 1) << (7 - at % 8)));
    }
  }
  CHECK(base64(all) == "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  CHECK(base64(as_bytes("\xFF\xFE")) == "//4=");
}

}  // namespace
}  // namespace starling

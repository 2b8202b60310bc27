#include "starling/core/ws/close_code.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace starling::ws {
namespace {

TEST_CASE("a close frame carries what the RFC and its registry define, and 3000 to 4999") {
  for (unsigned code = 0; code <= 0xFFFF; ++code) {
    const bool registered = code == 1000 || code == 1001 || code == 1002 || code == 1003 || code == 1007 ||
                            code == 1008 || code == 1009 || code == 1010 || code == 1011 || code == 1012 ||
                            code == 1013 || code == 1014;
    const bool free_for_all = code / 1000 == 3 || code / 1000 == 4;
    CAPTURE(code);
    REQUIRE(is_valid_on_wire(static_cast<CloseCode>(code)) == (registered || free_for_all));
  }
}

TEST_CASE("the codes that stand for no close frame are never on the wire, Starling's own may be") {
  for (const CloseCode code :
       {close_code::kNoStatusReceived, close_code::kAbnormalClosure, close_code::kTlsHandshake}) {
    CHECK_FALSE(is_valid_on_wire(code));
  }
  for (const CloseCode code :
       {close_code::kTimeout, close_code::kTokenExpired, close_code::kDrain, close_code::kBadProtocol,
        close_code::kNoCredential, close_code::kForbidden, close_code::kNoHello, close_code::kAbuse}) {
    CHECK(is_valid_on_wire(code));
  }
}

}  // namespace
}  // namespace starling::ws

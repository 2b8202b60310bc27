#include "starling/core/session/client_session.hpp"

#include <doctest/doctest.h>

namespace starling::session {
namespace {

/// A session that holds subscription 1 up to seq 4.
ClientSession at_four() {
  ClientSession session;
  (void)session.subscribe(1, {.channels = {"a:b"}, .filter = {}, .fields = {}});
  CHECK(session.receive(R"({"type":"welcome","epoch":"e"})"));
  CHECK(session.receive(R"({"type":"subscribed","id":1,"seq":4,"view":"v","resumed":false,"reason":"new"})"));
  CHECK(session.receive(R"({"type":"snapshot","id":1,"seq":4,"channels":{},"more":false})"));
  CHECK(session.position(1) == 4);
  return session;
}

TEST_CASE("progress moves a cursor on, never back, and that of no other") {
  struct Case {
    std::string_view at;
    std::uint64_t want;
  };
  for (const Case& c : {Case{R"({"1":9})", 9}, Case{R"({"1":4})", 4}, Case{R"({"1":3})", 4}, Case{R"({"1":-1})", 4}, Case{R"({"2":9})", 4}, Case{R"({"1x":9})", 4}, Case{R"({"":9})", 4},
                        Case{R"({"4294967297":9})", 4}, Case{R"({"1":"9"})", 4}, Case{R"([9])", 4}}) {
    CAPTURE(c.at);
    ClientSession session = at_four();
    CHECK(session.receive(R"({"type":"progress","at":)" + std::string{c.at} + "}"));
    CHECK(session.position(1) == c.want);
  }
}

TEST_CASE("a gap that is no object is refused") {
  ClientSession session = at_four();
  CHECK(!session.receive(R"({"type":"subscribed","id":1,"seq":6,"view":"v","resumed":false,"reason":"expired","gaps":{"a:b":6}})"));
  CHECK(session.receive(R"({"type":"subscribed","id":1,"seq":6,"view":"v","resumed":false,"reason":"expired","gaps":{"a:b":{"after":1,"before":4}}})"));
}

}  // namespace
}  // namespace starling::session

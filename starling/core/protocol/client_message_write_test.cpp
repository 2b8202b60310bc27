#include <doctest/doctest.h>

#include "starling/core/protocol/client_message.hpp"

namespace starling::protocol {
namespace {

TEST_CASE("what a client writes reads back as what it said, byte for byte") {
  for (const char* text : {
           R"({"type":"subscribe","id":1,"channels":["*"]})",
           R"({"type":"subscribe","id":4294967295,"channels":["a:b","a:*"],"filter":{"keys":["k\"","\\"]}})",
           R"({"type":"subscribe","id":1,"channels":["a:b"],"filter":{"keys":[],"bounds":{"north":10.5,"south":-10,"east":-170,"west":170},"unlocated":true}})",
           R"({"type":"subscribe","id":1,"channels":["a:b"],"filter":{"unlocated":true,"where":{"f\"":1.50,"a/b":{"lt":"\u0061","in":[{"c":[]}],"exists":true}}}})",
           R"({"type":"subscribe","id":1,"channels":["a:b"],"fields":[],"rate":0})",
           R"({"type":"subscribe","id":1,"channels":["a:b"],"fields":["v","q\"\n"],"rate":0.5,"snapshot":false})",
           R"({"type":"subscribe","id":1,"channels":["a:b"],"since":{"epoch":"e\"1","seq":9007199254740993,"view":"v"}})",
           R"({"type":"unsubscribe","id":7})",
           R"({"type":"snapshot","id":7})",
           R"({"type":"ping"})",
           R"({"type":"ping","ref":"a\u0041"})",
           R"({"type":"publish","channel":"a:b","data":{"v":1.0}})",
           R"({"type":"publish","channel":"a:b","key":"k\"","data":{},"op":"replace","location":{"latitude":40.7,"longitude":-74},"time":"2026-11-21T09:00:00.000Z","ref":7})",
           R"({"type":"publish","channel":"a:b","key":"k","op":"remove"})",
           R"({"type":"publish","channel":"a:b","key":"k","data":{},"location":null})",
       }) {
    CAPTURE(text);
    const auto read = read_client_message(text);
    REQUIRE(read.has_value());
    const std::string written = std::visit(
        [](const auto& message) -> std::string {
          if constexpr (requires { write(message); }) return write(message);
          return "nobody writes this";
        },
        *read);
    CHECK(written == text);
  }
}

TEST_CASE("a rate that no double holds is one that can be written: as fast as it goes") {
  const auto read = read_client_message(R"({"type":"subscribe","id":1,"channels":["*"],"rate":1e999})");
  REQUIRE(read.has_value());
  const auto& subscribe = std::get<Subscribe>(*read);
  const auto again = read_client_message(write(subscribe));
  REQUIRE(again.has_value());
  CHECK(std::get<Subscribe>(*again).rate == subscribe.rate);
  CHECK(*subscribe.rate > 1e300);
}

}  // namespace
}  // namespace starling::protocol

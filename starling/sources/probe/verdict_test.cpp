#include "starling/sources/probe/verdict.hpp"

#include <doctest/doctest.h>

#include <string>

namespace starling::sources::probe {
namespace {

TEST_CASE("2xx is healthy, and any other status is not, whatever the body says") {
  struct Case { unsigned status; Health want; };
  for (const Case c : {Case{199, Health::unhealthy}, Case{200, Health::healthy}, Case{204, Health::healthy}, Case{299, Health::healthy}, Case{300, Health::unhealthy},
                       Case{404, Health::unhealthy}, Case{503, Health::unhealthy}}) {
    CAPTURE(c.status);
    CHECK(judge(c.status, "") == c.want);
    CHECK(judge(c.status, R"({"status":"healthy"})") == c.want);
  }
}

TEST_CASE("a service may say of itself that it is degraded or unhealthy, in an object's status and nowhere else") {
  struct Case { std::string_view body; Health want; };
  for (const Case& c : {Case{R"({"status":"degraded"})", Health::degraded}, Case{R"( { "x" : 1, "status" : "unhealthy" } )", Health::unhealthy},
                        Case{R"({"\u0073tatus":"degrad\u0065d"})", Health::degraded}, Case{R"({"status":"degraded","status":"ok"})", Health::healthy},
                        Case{R"({"status":"unreachable"})", Health::healthy}, Case{R"({"status":"Degraded"})", Health::healthy}, Case{R"({"status":["degraded"]})", Health::healthy},
                        Case{R"({"data":{"status":"degraded"}})", Health::healthy}, Case{R"([{"status":"degraded"}])", Health::healthy}, Case{R"("degraded")", Health::healthy},
                        Case{R"({"status":"degraded")", Health::healthy}, Case{"<html>degraded</html>", Health::healthy}}) {
    CAPTURE(c.body);
    CHECK(judge(200, c.body) == c.want);
  }
}

TEST_CASE("a body that is nested too deeply says nothing") {
  const auto nested = [](int levels) { return R"({"status":"degraded","a":)" + std::string(static_cast<std::size_t>(levels - 1), '[') + std::string(static_cast<std::size_t>(levels - 1), ']') + "}"; };
  CHECK(judge(200, nested(64)) == Health::degraded);
  CHECK(judge(200, nested(65)) == Health::healthy);
}

}  // namespace
}  // namespace starling::sources::probe

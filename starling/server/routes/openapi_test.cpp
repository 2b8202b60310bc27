#include "starling/server/routes/openapi.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "starling/core/base/json.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/server/contract/schemas.hpp"
#include "starling/server/routes/table.hpp"

namespace starling::routes {
namespace {

/// What stands at the end of these names, as a slice of the document.
std::string_view at(std::string_view document, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const auto found = json::find(document, name);
    REQUIRE_MESSAGE(found, name);
    document = *found;
  }
  return document;
}

TEST_CASE("the description is JSON, of this program, with every route") {
  const std::string text = openapi_text("9.8.7");
  REQUIRE(json::compact(text));
  CHECK(at(text, {"openapi"}) == R"("3.1.0")");
  CHECK(at(text, {"info", "version"}) == R"("9.8.7")");
  for (const Route& route : all_routes()) CHECK(at(text, {"paths", route.path, route.method == "GET" ? "get" : "post", "operationId"}) == json::quoted(route.operation));
  std::size_t paths = 0;
  for ([[maybe_unused]] const json::Member& path : json::Members{at(text, {"paths"})}) ++paths;
  CHECK(paths == all_routes().size());
}

TEST_CASE("a parameter is said with the limits by which it is read, and one whose time has not come is not") {
  const std::string text = openapi_text("1");
  const std::string_view parameters = at(text, {"paths", "/api/v1/history/{channel}", "get", "parameters"});
  CHECK(parameters.find(R"({"type":"integer","minimum":1,"maximum":10000,"default":1000})") != std::string::npos);
  CHECK(parameters.find(R"({"type":"string","enum":["json","geojson","ndjson"],"default":"json"})") != std::string::npos);
  const std::string_view changes = at(text, {"paths", "/api/v1/changes", "get", "parameters"});
  CHECK(changes.find(R"("default":"30s","x-maximum":"1m")") != std::string::npos);
  CHECK(changes.find(R"("name":"since")") != std::string::npos);
  for (const char* later : {R"("name":"at")", R"("name":"replay")"}) CHECK(changes.find(later) == std::string::npos);
}

TEST_CASE("codes of one status stand together") {
  const std::string text = openapi_text("1");
  const std::string_view responses = at(text, {"paths", "/api/v1/publish", "post", "responses"});
  CHECK(at(responses, {"507"}).find(R"(["limit_keys","limit_channels","limit_state"])") != std::string::npos);
  CHECK(at(responses, {"413"}).find(R"(["limit_record"])") != std::string::npos);
  std::set<std::string> statuses;
  for (const json::Member& response : json::Members{responses}) statuses.insert(std::string{response.name});
  CHECK(statuses == std::set<std::string>{"200", "400", "403", "404", "413", "415", "503", "507", "default"});
}

TEST_CASE("an error's code is one of those that there are") {
  const std::string schemas = *json::compact(contract::shared_schemas_text());
  std::set<std::string> said;
  for (const std::string_view code : json::Elements{at(schemas, {"ErrorCode", "enum"})}) said.insert(json::decode(code));
  std::set<std::string> known;
  for (int code = 0; !protocol::to_text(static_cast<protocol::ErrorCode>(code)).empty(); ++code) known.insert(std::string{protocol::to_text(static_cast<protocol::ErrorCode>(code))});
  CHECK(said == known);
}

TEST_CASE("the version is what stands behind the name") {
  CHECK(version_of("starling/0.1.0") == "0.1.0");
  CHECK(version_of("starling") == "starling");
}

}  // namespace
}  // namespace starling::routes

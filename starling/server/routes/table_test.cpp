#include "starling/server/routes/table.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "starling/core/state/channel.hpp"
#include "starling/server/routes/history.hpp"
#include "starling/server/routes/publish.hpp"
#include "starling/server/routes/reader.hpp"

namespace starling::routes {
namespace {

TEST_CASE("every route is found at its path, and nothing beside it") {
  for (const Route& route : all_routes()) {
    CAPTURE(route.path);
    const std::string path = std::string{route.fixed()} + (route.has_segment() ? "a:b" : "");
    const auto target = find_target(path);
    REQUIRE(target);
    CHECK(target->route == &route);
    CHECK(target->segment == (route.has_segment() ? "a:b" : ""));
    CHECK(!find_target(path + "/"));
    const auto below = find_target(path + "/x");
    CHECK((!below || below->route != &route));
    CHECK(!find_target("/x" + path));
    if (path != "/") CHECK(!find_target(path.substr(0, path.size() - (route.has_segment() ? 3 : 1))));
  }
  CHECK(!find_target(""));
}

TEST_CASE("the segment of a path is decoded, and is one segment") {
  CHECK(find_target("/api/v1/state/a%3Ab")->segment == "a:b");
  CHECK(find_target("/api/v1/state/a+b")->segment == "a+b");
  for (const char* path : {"/api/v1/state/a%2Fb", "/api/v1/state/a%", "/api/v1/state/"}) CHECK(!find_target(path));
}

TEST_CASE("GET is HEAD too, and Allow says what is allowed") {
  const Route& state = route_of(RouteId::state);
  const Route& publish = route_of(RouteId::publish);
  CHECK(state.allow() == "GET, HEAD");
  CHECK(publish.allow() == "POST");
  for (const char* method : {"GET", "HEAD"}) CHECK((state.allows(method) && !publish.allows(method)));
  CHECK((publish.allows("POST") && !state.allows("POST")));
  for (const char* method : {"PUT", "get", ""}) CHECK((!state.allows(method) && !publish.allows(method)));
}

TEST_CASE("paths, names of operations, and names of a route's parameters are there once") {
  std::set<std::string_view> paths, operations;
  for (const Route& route : all_routes()) {
    CAPTURE(route.path);
    CHECK(paths.insert(route.path).second);
    CHECK(operations.insert(route.operation).second);
    std::set<std::string_view> names;
    for (const Parameter* parameter : route.parameters) {
      CHECK(names.insert(parameter->name).second);
      if (parameter->place == Place::path) CHECK(route.path == std::string{route.fixed()} + '{' + std::string{parameter->name} + '}');
    }
    CHECK((!route.answer.empty()) == (!route.answers.empty()));
  }
}

TEST_CASE("a key is as long as is said") {
  const Text& key = std::get<Text>(kPublishKey.kind);
  CHECK(state::is_key(std::string(key.bytes_min, 'k')));
  CHECK(!state::is_key(std::string(key.bytes_min - 1, 'k')));
  CHECK(state::is_key(std::string(key.bytes_max, 'k')));
  CHECK(!state::is_key(std::string(key.bytes_max + 1, 'k')));
  for (const Text& other : {std::get<Text>(kHistoryKey.kind), std::get<List>(kKeys.kind).element}) CHECK((other.bytes_min == key.bytes_min && other.bytes_max == key.bytes_max));
}

}  // namespace
}  // namespace starling::routes

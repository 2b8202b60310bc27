#include "starling/core/protocol/mesh_dialect.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "starling/core/base/json.hpp"

namespace starling::protocol {
namespace {

struct Door {
  fanout::Fanout fanout{{}};
  state::KnownChannels channels;
  DialectTimes times{.now = Timestamp{std::chrono::milliseconds{1'000}}};
  MeshDialect dialect{{fanout, channels, times}};
  std::vector<std::string> chosen;

  Asked read(std::string_view text) { return dialect.read(text, chosen); }
  std::string said(std::string_view text) {
    const Asked asked = read(text);
    const auto* say = std::get_if<Say>(&asked);
    return say != nullptr ? say->text : std::holds_alternative<Nothing>(asked) ? "nothing" : "something";
  }
};

std::string fault(std::string_view filter) {
  const auto look = read_mesh_filter(filter);
  return look ? "" : look.error();
}

TEST_CASE("messages ask for what the map's clients know, and anything else is ignored") {
  Door door;
  CHECK(door.said(R"({"type":"ping"})") == R"({"type":"pong","timestamp":1000})");
  CHECK(std::holds_alternative<Again>(door.read(R"({"type":"request_snapshot"})")));
  CHECK(std::holds_alternative<Look>(door.read(R"({"type":"unsubscribe"})")));
  CHECK(std::holds_alternative<Look>(door.read(R"({"type":"subscribe"})")));
  for (const char* text : {"", "{", "null", "[]", "\"ping\"", "{}", R"({"type":5})", R"({"type":"pong"})", R"({"event":"ping"})"}) {
    CAPTURE(text);
    CHECK(door.said(text) == "nothing");
  }
  CHECK(door.said(R"({"type":"subscribe","filter":[]})") == R"({"type":"error","error":"filter must be an object","code":"BAD_FILTER"})");
}

TEST_CASE("a filter narrows by nodes, box and kinds; what is empty or null narrows nothing") {
  for (const char* filter : {"null", "{}", R"({"nodeIds":[],"messageTypes":null,"bounds":null})"}) {
    CAPTURE(filter);
    const auto look = read_mesh_filter(filter);
    REQUIRE(look);
    CHECK(look->parts.front().number == kMeshAll);
    CHECK_FALSE(look->parts.front().query.filter.keys);
    CHECK_FALSE(look->parts.front().query.filter.bounds);
    CHECK(look->parts.front().query.channels.size() == 6);
  }
  const auto look = read_mesh_filter(R"({"nodeIds":["!a","!b"],"bounds":{"north":10,"south":-10,"east":-170,"west":170},"messageTypes":["message","node","message"]})");
  REQUIRE(look);
  CHECK(look->parts.front().number == (kMeshMessages | kMeshNodes));
  CHECK(look->parts.front().query.channels == std::vector<std::string>{"mesh:node", "mesh:position", "mesh:telemetry", "mesh:presence", "mesh:message"});
  CHECK(look->parts.front().query.filter.keys == std::vector<std::string>{"!a", "!b"});
  REQUIRE(look->parts.front().query.filter.bounds);
  CHECK(look->parts.front().query.filter.bounds->contains(*geo::Point::from(0, 180)));
  CHECK_FALSE(look->parts.front().query.filter.bounds->contains(*geo::Point::from(0, 0)));
  CHECK(read_mesh_filter(R"({"messageTypes":["position"]})")->parts.front().query.channels == std::vector<std::string>{"mesh:position"});
}

TEST_CASE("what is wrong with a filter is told by name") {
  CHECK(fault(R"({"nodeIds":"!a"})").find("nodeIds") != std::string::npos);
  CHECK(fault(R"({"nodeIds":[1]})").find("nodeIds") != std::string::npos);
  CHECK(fault(R"({"messageTypes":["raw"]})").find("messageTypes") != std::string::npos);
  CHECK(fault(R"({"bounds":{"north":1,"south":2,"east":3,"west":4}})").find("south") != std::string::npos);
  CHECK(fault(R"({"bounds":{"north":1,"south":0,"east":3}})").find("west") != std::string::npos);
  CHECK(fault(R"({"bounds":5})").find("bounds") != std::string::npos);
}

TEST_CASE("a filter names 10,000 nodes and not one more") {
  const auto with = [](std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += fmt::format("{}\"!{:08x}\"", i > 0 ? "," : "", i);
    return fault(R"({"nodeIds":[)" + list + "]}");
  };
  CHECK(with(9'999) == "");
  CHECK(with(10'000) == "");
  CHECK(with(10'001) == "a filter names at most 10000 nodes");
}

TEST_CASE("who is told of nodes looks at what they are made of, and is told no more of that") {
  const auto look = read_mesh_filter(R"({"messageTypes":["node"],"nodeIds":["!a"]})");
  REQUIRE(look);
  REQUIRE(look->parts.front().told);
  CHECK(look->parts.front().told->channels == std::vector<std::string>{"mesh:node", "mesh:presence"});
  CHECK(look->parts.front().told->filter.keys == std::vector<std::string>{"!a"});
}

}  // namespace
}  // namespace starling::protocol

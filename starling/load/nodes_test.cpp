#include "starling/load/nodes.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"

namespace starling::load {
namespace {

/// What a viewer of everything holds after these lines.
session::Replica::Records records_of(const Nodes& nodes) {
  session::Replica::Records records;
  for (std::size_t number = 0; number < nodes.size(); ++number) {
    std::string line;
    nodes.append_report(line, R"("a:b")", number);
    line.pop_back();
    const auto compact = json::compact(line);
    REQUIRE(compact);
    records.emplace(json::decode(*json::find(*compact, "key")), state::Fields::from(*json::find(*compact, "data")));
  }
  return records;
}

constexpr MapBox kAll{.north = Nodes::kSouth + Nodes::kReach, .south = Nodes::kSouth, .east = Nodes::kWest + Nodes::kReach, .west = Nodes::kWest};

TEST_CASE("who holds what is reported differs in nothing, and after a move of one node in that one") {
  Nodes nodes{100, 7};
  const session::Replica::Records held = records_of(nodes);
  CHECK_FALSE(nodes.difference(&held, kAll));
  nodes.move(42, 5);
  CHECK(nodes.difference(&held, kAll).value_or("").find("of n42 it holds") == 0);
  const session::Replica::Records then = records_of(nodes);
  CHECK_FALSE(nodes.difference(&then, kAll));
}

TEST_CASE("one too few and one too many are found, and nothing at all is right only where nothing is shown") {
  const Nodes nodes{10, 7};
  session::Replica::Records held = records_of(nodes);
  held.erase("n3");
  CHECK(nodes.difference(&held, kAll) == "it lacks n3");
  held = records_of(nodes);
  held.emplace("n10", state::Fields{});
  CHECK(nodes.difference(&held, kAll) == "it holds 11 records, and is shown 10");
  CHECK(nodes.difference(nullptr, kAll) == "it lacks n0");
  CHECK_FALSE(nodes.difference(nullptr, {.north = 0, .south = 0, .east = 0, .west = 0}));
}

TEST_CASE("boxes lie on the map and have the share that was asked for") {
  Nodes nodes{1, 3};
  for (const double share : {0.0001, 0.01, 0.05, 0.5, 1.0}) {
    for (int i = 0; i < 50; ++i) {
      CAPTURE(share);
      const MapBox box = nodes.any_box(share);
      CHECK(box.south >= Nodes::kSouth);
      CHECK(box.west >= Nodes::kWest);
      CHECK(box.north <= kAll.north);
      CHECK(box.east <= kAll.east);
      CHECK((box.east - box.west) % 10 == 0);
      const double sides = static_cast<double>(box.north - box.south) * static_cast<double>(box.east - box.west);
      CHECK(sides / Nodes::kReach / Nodes::kReach == doctest::Approx(share).epsilon(0.02));
      CHECK(filter_of(box).bounds);
    }
  }
}

TEST_CASE("degrees have four decimals") {
  CHECK(degrees(400'000) == "40.0000");
  CHECK(degrees(10'007) == "1.0007");
}

}  // namespace
}  // namespace starling::load

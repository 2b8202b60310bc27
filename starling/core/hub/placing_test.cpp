#include "starling/core/hub/placing.hpp"

#include <doctest/doctest.h>

#include "starling/core/hub/test_hub.hpp"

namespace starling::hub {
namespace {

using state::Operation;
using state::Refusal;

struct Placed : TestHub {
  using TestHub::TestHub;
  state::Update at(state::Update update, state::Location location) {
    update.location = location;
    return update;
  }
  /// "5,6 a:x": where k is and whose facet says so, or "nowhere".
  std::string place(std::string_view channel = "a:x") const {
    const state::EntityPtr entity = find(channel, "k");
    if (!entity || !entity->place) return "nowhere";
    const auto number = [](double value) {
      std::string text = std::to_string(value);
      text.resize(text.find('.') + 2);
      return text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
    };
    return number(entity->place->point.latitude_deg) + ',' + number(entity->place->point.longitude_deg) + ' ' + entity->place->owner->name;
  }
};

TEST_CASE("a channel nobody declared is located by latitude and longitude, when both are numbers") {
  struct Case {
    const char* name;
    std::string_view data;
    const char* want;
  };
  for (const Case& c : {
           Case{"both", R"({"latitude":5,"longitude":6.5})", "5,6.5 a:x"},
           Case{"among others", R"({"v":1,"longitude":-6,"latitude":5})", "5,-6 a:x"},
           Case{"one", R"({"latitude":5})", "nowhere"},
           Case{"one of them null", R"({"latitude":5,"longitude":null})", "nowhere"},
           Case{"one of them text", R"({"latitude":"5","longitude":6})", "nowhere"},
           Case{"a longitude beyond 180", R"({"latitude":5,"longitude":190})", "5,-170 a:x"},
           Case{"other names", R"({"lat":5,"lon":6})", "nowhere"},
           Case{"a pole", R"({"latitude":-90,"longitude":0})", "-90,0 a:x"},
           Case{"names with escapes", R"({"l\u0061titude":5,"longitude":6})", "5,6 a:x"},
       }) {
    CAPTURE(c.name);
    Placed hub;
    hub.ok(report("a:x", "k", std::string{c.data}));
    CHECK(hub.place() == c.want);
  }
}

TEST_CASE("a longitude is kept as it was written in the field") {
  Placed hub;
  hub.ok(report("a:x", "k", R"({"latitude":5.0,"longitude":190.00})"));
  CHECK(hub.text("a:x", "k") == R"({"latitude":5.0,"longitude":190.00})");
}

TEST_CASE("a declared channel is located by the fields it declares, and one that declares none by none") {
  Placed hub;
  hub.ok(report("a:gps", "k", R"({"lat":5,"lon":6,"latitude":7,"longitude":8})"));
  CHECK(hub.place() == "5,6 a:gps");
  std::vector<state::ChannelDeclaration> declarations(1);
  declarations[0].name = "a:plain";
  Hub plain({}, declarations);
  REQUIRE(plain.publish(report("a:plain", "k", R"({"latitude":7,"longitude":8})"), hub.now).has_value());
  CHECK_FALSE(plain.state().find(0, "k")->place.has_value());
}

TEST_CASE("a latitude beyond a pole is refused, and nothing is stored, not even the channel") {
  Placed hub;
  for (const char* data : {R"({"latitude":90.1,"longitude":0})", R"({"latitude":-90.1,"longitude":0})", R"({"latitude":1e999,"longitude":0})",
                           R"({"latitude":0,"longitude":1e999})"}) {
    CAPTURE(data);
    CHECK(hub.refused(report("a:x", "k", data)) == Refusal::bad_location);
  }
  CHECK(hub.hub.channels().find("a:x") == nullptr);
  CHECK(hub.close() == nullptr);
  hub.ok(report("a:x", "k", R"({"latitude":90,"longitude":0})"));
  CHECK(hub.refused(report("a:x", "k", R"({"latitude":91})")) == Refusal::bad_location);
  CHECK(hub.place() == "90,0 a:x");
  CHECK(hub.text("a:x", "k") == R"({"latitude":90,"longitude":0})");
}

TEST_CASE("the place moves with its fields, also one at a time") {
  Placed hub;
  hub.ok(report("a:x", "k", R"({"latitude":5,"longitude":6})"));
  hub.ok(report("a:x", "k", R"({"latitude":7})"));
  CHECK(hub.place() == "7,6 a:x");
  hub.ok(report("a:x", "k", R"({"v":1})"));
  CHECK(hub.place() == "7,6 a:x");
}

TEST_CASE("fields that turn null, turn to something else or vanish clear the place") {
  struct Case {
    const char* name;
    state::Update update;
  };
  for (const Case& c : {
           Case{"null", report("a:x", "k", R"({"longitude":null})")},
           Case{"text", report("a:x", "k", R"({"latitude":"north"})")},
           Case{"replaced without one", report("a:x", "k", R"({"latitude":5})", Operation::replace)},
           Case{"replaced without both", report("a:x", "k", "{}", Operation::replace)},
       }) {
    CAPTURE(c.name);
    Placed hub;
    hub.ok(report("a:x", "k", R"({"latitude":5,"longitude":6})"));
    hub.ok(c.update);
    CHECK(hub.place() == "nowhere");
    hub.ok(report("a:x", "k", R"({"latitude":7,"longitude":8})"));
    CHECK(hub.place() == "7,8 a:x");
  }
}

TEST_CASE("a location given decides, over the fields too") {
  Placed hub;
  hub.ok(hub.at(report("a:x", "k", R"({"latitude":5,"longitude":6})"), geo::Point{1, 2}));
  CHECK(hub.place() == "1,2 a:x");
  hub.ok(report("a:x", "k", R"({"v":1})"));  // says nothing of the place
  CHECK(hub.place() == "1,2 a:x");
  hub.ok(report("a:x", "k", R"({"latitude":7})"));
  CHECK(hub.place() == "7,6 a:x");
}

TEST_CASE("a location alone is a change, and the same again is none") {
  Placed hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  (void)hub.close();
  CHECK(hub.ok(hub.at(report("a:x", "k", R"({"v":1})"), geo::Point{1, 2})).changed);
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch->changes.size() == 1);
  CHECK(batch->changes[0].before->facets == batch->changes[0].after->facets);
  CHECK_FALSE(hub.ok(hub.at(report("a:x", "k", "{}"), geo::Point{1, 2})).changed);
}

TEST_CASE("location null clears, whoever owned the place, and the same fields again do not bring it back") {
  Placed hub;
  hub.ok(report("a:gps", "k", R"({"lat":5,"lon":6})"));
  hub.ok(hub.at(report("a:x", "k", R"({"v":1})"), state::NoLocation{}));
  CHECK(hub.place() == "nowhere");
  CHECK_FALSE(hub.ok(report("a:gps", "k", R"({"lat":5,"lon":6})")).changed);
  CHECK(hub.place() == "nowhere");
  hub.ok(report("a:gps", "k", R"({"lat":5.5})"));
  CHECK(hub.place() == "5.5,6 a:gps");
}

TEST_CASE("the place goes with the facet that owns it, and with no other") {
  Placed hub;
  hub.ok(report("a:gps", "k", R"({"lat":5,"lon":6})"));
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.ok(report("a:y", "k", R"({"v":1})"));
  hub.ok(removal("a:y", "k"));
  CHECK(hub.place() == "5,6 a:gps");
  hub.ok(removal("a:gps", "k"));
  CHECK(hub.place() == "nowhere");
  CHECK(hub.text("a:x", "k") == R"({"v":1})");
}

TEST_CASE("another channel may take the place over; fields of the first that vanish then clear nothing") {
  Placed hub;
  hub.ok(report("a:gps", "k", R"({"lat":5,"lon":6})"));
  hub.ok(report("a:x", "k", R"({"latitude":7,"longitude":8})"));
  CHECK(hub.place() == "7,8 a:x");
  hub.ok(report("a:gps", "k", R"({"lat":null})"));
  CHECK(hub.place() == "7,8 a:x");
  hub.ok(removal("a:gps", "k"));
  CHECK(hub.place() == "7,8 a:x");
  hub.ok(removal("a:x", "k"));
  CHECK(hub.find("a:x", "k") == nullptr);
}

TEST_CASE("the place of a channel's first update is owned by the channel that was then made") {
  Placed hub;
  hub.ok(report("z:new", "k", R"({"latitude":5,"longitude":6})"));
  const state::EntityPtr entity = hub.find("z:new", "k");
  REQUIRE(entity->place.has_value());
  CHECK(entity->place->owner == hub.hub.channels().find("z:new"));
  hub.ok(hub.at(report("y:new", "k", "{}"), geo::Point{1, 2}));
  CHECK(hub.find("y:new", "k")->place->owner == hub.hub.channels().find("y:new"));
}

}  // namespace
}  // namespace starling::hub

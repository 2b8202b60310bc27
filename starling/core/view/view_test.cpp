#include "starling/core/view/view.hpp"

#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"

namespace starling::view {
namespace {

using log::TestWorld;
using state::ChannelDeclaration;
using state::ChannelKind;

ChannelDeclaration declared(std::string name, auto change) {
  ChannelDeclaration declaration;
  declaration.name = std::move(name);
  change(declaration);
  return declaration;
}
ChannelDeclaration event_channel(std::string name) {
  return declared(std::move(name), [](ChannelDeclaration& d) { d.kind = ChannelKind::event; });
}
ChannelDeclaration hidden_channel(std::string name) {
  return declared(std::move(name), [](ChannelDeclaration& d) { d.hidden = true; });
}

Query query(std::vector<std::string> channels, Filter filter = {}) { return {std::move(channels), std::move(filter), std::nullopt}; }

TEST_CASE("wildcards leave out hidden channels; naming one shows it") {
  TestWorld world({hidden_channel("mesh:presence")});
  world.open("mesh:position");
  world.open("sdr:status");
  struct Case {
    std::vector<std::string> channels;
    bool position, presence, status;
  };
  for (const Case& c : {
           Case{{"*"}, true, false, true},
           Case{{"mesh:*"}, true, false, false},
           Case{{"mesh:presence"}, false, true, false},
           Case{{"mesh:*", "mesh:presence"}, true, true, false},
           Case{{"mesh:position", "sdr:status"}, true, false, true},
           Case{{"sdr:*", "mesh:presence"}, false, true, true},
       }) {
    CAPTURE(c.channels);
    const View view(query(c.channels), world.channels());
    for (int again = 0; again < 2; ++again) {  // remembered as decided
      CHECK(view.shows(world.open("mesh:position")) == c.position);
      CHECK(view.shows(world.open("mesh:presence")) == c.presence);
      CHECK(view.shows(world.open("sdr:status")) == c.status);
    }
  }
}

TEST_CASE("a wildcard shows a channel that came into being after the view") {
  TestWorld world;
  const View view(query({"mesh:*"}), world.channels());
  CHECK(view.shows(world.open("mesh:later")));
  CHECK_FALSE(view.shows(world.open("sdr:later")));
}

TEST_CASE("an entity is inside, elsewhere, or not asked for") {
  TestWorld world;
  world.set("a:x", "in", "{}", geo::Point{5, 5});
  world.set("a:x", "edge", "{}", geo::Point{10, 10});
  world.set("a:x", "out", "{}", geo::Point{5, 11});
  world.set("a:x", "nowhere", "{}");
  const auto box = geo::Box::from(10, 0, 10, 0);
  const std::vector<std::string> keys{"out", "in", "nowhere", "in"};
  struct Case {
    const char* name;
    Filter filter;
    Membership in, edge, out, nowhere;
  };
  using enum Membership;
  for (const Case& c : {
           Case{"no filter", {}, inside, inside, inside, inside},
           Case{"keys", {keys, std::nullopt, false}, inside, filtered, inside, inside},
           Case{"no keys at all", {std::vector<std::string>{}, std::nullopt, false}, filtered, filtered, filtered, filtered},
           Case{"bounds", {std::nullopt, box, false}, inside, inside, moved, moved},
           Case{"bounds and what has no place", {std::nullopt, box, true}, inside, inside, moved, inside},
           Case{"keys and bounds", {keys, box, false}, inside, filtered, moved, moved},
           Case{"keys, bounds and what has no place", {keys, box, true}, inside, filtered, moved, inside},
           Case{"unlocated without bounds", {std::nullopt, std::nullopt, true}, inside, inside, inside, inside},
       }) {
    CAPTURE(c.name);
    const View view(query({"*"}, c.filter), world.channels());
    CHECK(view.membership(*world.find("a:x", "in")) == c.in);
    CHECK(view.membership(*world.find("a:x", "edge")) == c.edge);
    CHECK(view.membership(*world.find("a:x", "out")) == c.out);
    CHECK(view.membership(*world.find("a:x", "nowhere")) == c.nowhere);
  }
}

TEST_CASE("an event is tested by its own location, else by that of its entity, and by its key") {
  TestWorld world({event_channel("a:e"), event_channel("b:e")});
  world.set("a:x", "in", "{}", geo::Point{5, 5});
  world.set("a:x", "out", "{}", geo::Point{50, 5});
  const auto box = geo::Box::from(10, 0, 10, 0);
  struct Said {
    const char* name;
    std::optional<std::string> key;
    std::optional<geo::Point> location;
    bool by_box, by_box_unlocated, by_key;
  };
  for (const Said& c : {
           Said{"of an entity inside", "in", std::nullopt, true, true, true},
           Said{"of an entity outside", "out", std::nullopt, false, false, false},
           Said{"its own location outside, its entity inside", "in", geo::Point{50, 5}, false, false, true},
           Said{"its own location inside, its entity outside", "out", geo::Point{5, 5}, true, true, false},
           Said{"of nobody, nowhere", std::nullopt, std::nullopt, false, true, false},
           Said{"of nobody, inside", std::nullopt, geo::Point{5, 5}, true, true, false},
           Said{"of a key nobody has", "ghost", std::nullopt, false, true, false},
       }) {
    CAPTURE(c.name);
    world.say("a:e", c.key, "{}", c.location);
    const state::EventPtr event = world.close()->events.at(0);
    const auto shown = [&](Filter filter, std::vector<std::string> channels = {"a:*"}) {
      return View(query(std::move(channels), std::move(filter)), world.channels()).shows(*event);
    };
    CHECK(shown({}));
    CHECK_FALSE(shown({}, {"b:*"}));
    CHECK(shown({std::nullopt, box, false}) == c.by_box);
    CHECK(shown({std::nullopt, box, true}) == c.by_box_unlocated);
    CHECK(shown({std::vector<std::string>{"in"}, std::nullopt, false}) == c.by_key);
    CHECK(shown({std::vector<std::string>{"in"}, box, false}) == (c.by_key && c.by_box));
  }
}

TEST_CASE("fields hide fields") {
  const state::Channels channels({}, {});
  Query some = query({"*"});
  some.fields = {"a", R"(q\")"};
  const View view(some, channels);
  CHECK(view.projection()->shows_field("a"));
  CHECK(view.projection()->shows_field(state::canonical_name("q\"")));
  CHECK_FALSE(view.projection()->shows_field("b"));
  CHECK_FALSE(view.projection()->shows_all());
  CHECK(View(query({"*"}), channels).projection()->shows_field("b"));
  CHECK(View(query({"*"}), channels).projection()->shows_all());
  Query none = query({"*"});
  none.fields = std::vector<std::string>{};
  CHECK_FALSE(View(none, channels).projection()->shows_field("a"));
}

Query the_query() {
  Query made = query({"mesh:position", "mesh:*"}, {std::vector<std::string>{"!b2", "!a1"}, geo::Box::from(41, 40.5, -73, -74.25), true});
  made.fields = {"latitude", "longitude"};
  return made;
}

TEST_CASE("the name of a view never changes: a client may come back with one of years ago") {
  const state::Channels none({}, {});
  CHECK(View(query({"*"}), none).name() == "q3106f961d5567901");
  CHECK(View(the_query(), none).name() == "qb138309f3e72905a");
  const state::Channels some({}, {event_channel("mesh:chat"), hidden_channel("mesh:presence"),
                                  declared("mesh:position", [](ChannelDeclaration& d) { d.location = {"lat", "lon"}; })});
  CHECK(View(the_query(), some).name() == "qfb4a6f58bbfff720");
}

TEST_CASE("the same query in another order has the same name") {
  const state::Channels channels({}, {});
  Query other = query({"mesh:*", "mesh:position", "mesh:*"}, {std::vector<std::string>{"!a1", "!b2", "!a1"}, geo::Box::from(41, 40.5, 287, 285.75), true});
  other.fields = {"longitude", "latitude"};
  CHECK(View(other, channels).name() == View(the_query(), channels).name());
  CHECK(View(other, channels).text() == View(the_query(), channels).text());
}

TEST_CASE("the declarations of the channels it covers are part of a view's name, and no others") {
  const auto name_with = [](std::vector<ChannelDeclaration> declarations) {
    return View(query({"mesh:*"}), state::Channels({}, declarations)).name();
  };
  const auto plain = declared("mesh:x", [](ChannelDeclaration&) {});
  const std::vector<std::string> names{
      name_with({}),
      name_with({plain}),
      name_with({event_channel("mesh:x")}),
      name_with({hidden_channel("mesh:x")}),
      name_with({declared("mesh:x", [](ChannelDeclaration& d) { d.location = {"lat", "lon"}; })}),
      name_with({declared("mesh:x", [](ChannelDeclaration& d) { d.location = {"lat", "lng"}; })}),
  };
  for (std::size_t i = 0; i < names.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) CHECK(names[i] != names[j]);
  }
  CHECK(name_with({plain, event_channel("sdr:y")}) == name_with({plain}));
  CHECK(name_with({plain, event_channel("mesh:y")}) == name_with({event_channel("mesh:y"), plain}));
  // What only decides when something is sent does not decide what is shown.
  CHECK(name_with({declared("mesh:x", [](ChannelDeclaration& d) { d.priority = state::Priority::critical; })}) == name_with({plain}));
  CHECK(name_with({declared("mesh:x", [](ChannelDeclaration& d) { d.event_pace = Duration{0}; })}) == name_with({plain}));
}

TEST_CASE("a channel that a publish made does not change a name") {
  TestWorld world;
  const std::string before = View(query({"mesh:*"}), world.channels()).name();
  world.open("mesh:x");
  CHECK(View(query({"mesh:*"}), world.channels()).name() == before);
}

}  // namespace
}  // namespace starling::view

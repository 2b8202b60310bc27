#include "starling/core/view/rights.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/view/difference.hpp"

namespace starling::view {
namespace {

using log::TestWorld;
using state::ChannelDeclaration;

RightsPtr rights(Grant grant) { return std::make_shared<const Rights>(std::move(grant)); }
Grant reading(std::vector<std::string> patterns) {
  Grant grant;
  grant.read = std::move(patterns);
  return grant;
}
Grant hiding(std::vector<std::string> fields) {
  Grant grant;
  grant.hidden_fields = std::move(fields);
  return grant;
}
Grant to_decimals(int decimals) {
  Grant grant;
  grant.position_decimals = decimals;
  return grant;
}
Grant filtered_by(Filter filter) {
  Grant grant;
  grant.filter = std::move(filter);
  return grant;
}

Filter where(std::string_view conditions) {
  Filter filter;
  filter.where = *Where::from(conditions);
  return filter;
}
Filter box(double north, double south, double east, double west) {
  Filter filter;
  filter.bounds = geo::Box::from(north, south, east, west);
  return filter;
}
Query asking(Filter filter = {}, std::vector<std::string> channels = {"*"}) { return {std::move(channels), std::move(filter), std::nullopt}; }

ChannelDeclaration event_channel(std::string name) {
  ChannelDeclaration declaration;
  declaration.name = std::move(name);
  declaration.kind = state::ChannelKind::event;
  return declaration;
}

/// All that is told of a change, in full: `a:x k {"v":1}` for a set, `a:x k +{"v":1}` for a patch, `a:x k -moved`.
std::string told(const View& was, const View& is, const state::Change& change) {
  std::string text;
  for_each_transition(was, is, change, [&](const Transition& transition) {
    const std::size_t start = text.size();
    if (start > 0) text += "; ";
    text += transition.channel->name + ' ' + change.identity().key + ' ';
    Told told = transition.told;
    if (told == Told::patch) {
      text += '+';
      switch (is.projection()->append_patch(text, *transition.channel, *was.projection(), transition.before->fields, transition.after->fields)) {
        case Projection::Patch::patch: return;
        case Projection::Patch::same: text.resize(start); return;
        case Projection::Patch::whole:
          text.pop_back();
          told = Told::set;
          break;
      }
    }
    if (told == Told::remove) {
      text += std::string{"-"} + to_text(transition.reason);
    } else {
      is.projection()->append_record(text, *transition.channel, transition.after->fields);
    }
  });
  return text;
}

struct Watched : TestWorld {
  using TestWorld::TestWorld;
  [[nodiscard]] View view(Query query, Grant grant) { return View{std::move(query), rights(std::move(grant)), channels()}; }
  /// What one is told who looks with both at what `act` does to k.
  template <class Act>
  std::string of(const View& view, Act&& act) {
    open("a:x"), open("a:y");
    const state::EntityPtr before = find("a:x", "k");
    act();
    return told(view, view, {before, find("a:x", "k")});
  }
  /// What is shown of k as it is.
  std::string shown(const View& view) { return told(view, view, {nullptr, find("a:x", "k")}); }
  [[nodiscard]] bool shows_event(const View& view, std::optional<std::string> key, std::string_view data, std::optional<geo::Point> location = std::nullopt) {
    say("a:e", std::move(key), data, location);
    return view.shows(*close()->events.front());
  }
};

TEST_CASE("everything is what a query alone is") {
  Watched world;
  world.set("a:x", "k", R"({"v":1,"latitude":1.23456,"longitude":1})", geo::Point{1.23456, 1});
  const View view(asking(), world.channels());
  CHECK(view.rights().text().empty());
  CHECK(view.projection() == Projection::everything());
  CHECK(world.shown(view) == R"(a:x k {"v":1,"latitude":1.23456,"longitude":1})");
  CHECK(Rights{Grant{}}.text().empty());
  CHECK(Rights{reading({"*", "a:x"})}.text().empty());
}

TEST_CASE("only channels that may be read are shown, and wildcards of rights cover hidden ones") {
  ChannelDeclaration hidden;
  hidden.name = "a:hidden";
  hidden.hidden = true;
  Watched world({hidden});
  struct Case {
    std::vector<std::string> read, asked;
    bool x, y, hidden;
  };
  for (const Case& c : {
           Case{{"*"}, {"*"}, true, true, false},
           Case{{"*"}, {"a:hidden"}, false, false, true},
           Case{{"a:*"}, {"*", "a:hidden"}, true, true, true},
           Case{{"a:x"}, {"a:*"}, true, false, false},
           Case{{"a:x"}, {"a:y", "a:hidden"}, false, false, false},
           Case{{"b:*"}, {"*"}, false, false, false},
           Case{{}, {"*"}, false, false, false},
       }) {
    CAPTURE(c.read);
    CAPTURE(c.asked);
    const View view = world.view(asking({}, c.asked), reading(c.read));
    CHECK(view.shows(world.open("a:x")) == c.x);
    CHECK(view.shows(world.open("a:y")) == c.y);
    CHECK(view.shows(world.open("a:hidden")) == c.hidden);
  }
}

TEST_CASE("a hidden field is absent in every way") {
  Watched world({event_channel("a:e")});
  world.set("a:x", "k", R"({"v":1,"secret":2})");
  world.set("a:y", "k", R"({"secret":3})");
  CHECK(world.shown(world.view(asking(), hiding({"secret"}))) == R"(a:x k {"v":1}; a:y k {})");
  Query fields = asking();
  fields.fields = {"secret", "v"};
  CHECK(world.shown(world.view(fields, hiding({"secret"}))) == R"(a:x k {"v":1}; a:y k {})");
  struct Case {
    const char* conditions;
    bool x, y, event;
  };
  for (const Case& c : {
           Case{R"({"secret":2})", false, false, false},
           Case{R"({"secret":{"ge":0}})", false, false, false},
           Case{R"({"secret":{"exists":true}})", false, false, false},
           Case{R"({"secret":{"exists":false}})", true, true, true},
           Case{R"({"secret":{"ne":2}})", true, true, true},
           Case{R"({"x/secret":2})", false, false, false},
           Case{R"({"y/secret":{"exists":false}})", true, true, true},
           Case{R"({"x/v":1})", true, true, true},
       }) {
    CAPTURE(c.conditions);
    const View view = world.view(asking(where(c.conditions)), hiding({"secret"}));
    const state::EntityPtr entity = world.find("a:x", "k");
    CHECK(view.admits(*entity, *entity->find(world.open("a:x"))) == c.x);
    CHECK(view.admits(*entity, *entity->find(world.open("a:y"))) == c.y);
    CHECK(world.shows_event(view, "k", R"({"secret":2})") == c.event);
  }
  const View view = world.view(asking(), hiding({"secret"}));
  CHECK(world.of(view, [&] { world.set("a:x", "k", R"({"v":1,"secret":7})"); }) == "");
  CHECK(world.of(view, [&] { world.set("a:x", "k", R"({"v":1})"); }) == "");
}

TEST_CASE("a facet that may not be read is absent to conditions") {
  Watched world;
  world.set("a:x", "k", R"({"v":1})");
  world.set("a:y", "k", R"({"w":1})");
  const auto shown = [&](const char* conditions, Grant grant) { return world.shown(world.view(asking(where(conditions), {"a:x"}), std::move(grant))); };
  CHECK(shown(R"({"y/w":1})", {}) == R"(a:x k {"v":1})");
  CHECK(shown(R"({"y/w":1})", reading({"a:x"})) == "");
  CHECK(shown(R"({"y/w":{"exists":false}})", reading({"a:x"})) == R"(a:x k {"v":1})");
}

TEST_CASE("coarser positions are what is shown, what boxes test and what conditions test") {
  Watched world({event_channel("a:e")});
  const auto put = [&](double latitude, double longitude) {
    const std::string text = "{\"latitude\":" + std::to_string(latitude) + ",\"longitude\":" + std::to_string(longitude) + "}";
    world.set("a:x", "k", text, geo::Point{latitude, longitude});
  };
  put(47.14, 8.56);
  const auto sees = [&](Filter filter) { return !world.shown(world.view(asking(std::move(filter)), to_decimals(1))).empty(); };
  CHECK(world.shown(world.view(asking(), to_decimals(1))) == R"(a:x k {"latitude":47.1,"longitude":8.6})");
  CHECK(sees(box(47.1, 47.1, 8.6, 8.6)));
  CHECK_FALSE(sees(box(47.15, 47.13, 8.57, 8.55)));
  CHECK(sees(where(R"({"latitude":47.1})")));
  CHECK(sees(where(R"({"x/longitude":{"ge":8.6}})")));
  CHECK_FALSE(sees(where(R"({"latitude":{"gt":47.1}})")));

  const View in_box = world.view(asking(box(47.1, 47, 8.6, 8.5)), to_decimals(1));
  CHECK(world.of(in_box, [&] { put(47.11, 8.64); }) == "");
  CHECK(world.of(in_box, [&] { put(47.01, 8.64); }) == R"(a:x k +{"latitude":47.0})");
  CHECK(world.of(in_box, [&] { put(46.96, 8.64); }) == "");
  CHECK(world.of(in_box, [&] { put(46.94, 8.64); }) == "a:x k -moved");
  CHECK(world.of(in_box, [&] { put(47.149, 8.45); }) == R"(a:x k {"latitude":47.1,"longitude":8.5})");

  CHECK(world.shows_event(in_box, "k", "{}"));
  CHECK(world.shows_event(in_box, std::nullopt, "{}", geo::Point{47.1499, 8.6499}));
  CHECK_FALSE(world.shows_event(in_box, std::nullopt, "{}", geo::Point{47.1501, 8.6}));
  world.say("a:e", std::nullopt, "{}", geo::Point{47.14, -8.56});
  CHECK(in_box.projection()->shown_location(*world.close()->events.front()) == geo::Point{47.1, -8.6});
}

/// Whatever can be asked that might tell where k is, as one text.
std::string all_answers(const std::vector<View>& views, const std::vector<state::Change>& changes, const std::vector<state::EventPtr>& events) {
  std::string answers;
  for (const View& view : views) {
    for (const state::Change& change : changes) answers += told(view, view, change) + '\n';
    answers += told(views.front(), view, {changes.back().after, changes.back().after}) + '\n';
    for (const state::EventPtr& event : events) {
      if (!view.shows(*event)) continue;
      view.projection()->append_data(answers, *event);
      if (const auto location = view.projection()->shown_location(*event)) {
        answers += std::to_string(location->latitude_deg) + ',' + std::to_string(location->longitude_deg);
      }
      answers += '\n';
    }
  }
  return answers;
}

TEST_CASE("nobody finds out more than the rounded position, however many boxes and conditions he asks with") {
  const std::uint64_t seed = 4711;
  CAPTURE(seed);
  Random random{seed};
  for (int round = 0; round < 60; ++round) {
    const int decimals = static_cast<int>(random.below(3));
    double step = 1;
    for (int i = 0; i < decimals; ++i) step /= 10;
    // A cell somewhere, often at the date line or a pole.
    const double latitude = std::round((random.chance(0.2) ? 89 : random.unit() * 160 - 80) / step) * step;
    const double longitude = std::round((random.chance(0.3) ? (random.chance(0.5) ? 180 : -180) : random.unit() * 358 - 179) / step) * step;
    const auto any_in_cell = [&] {
      const auto point = geo::Point::from(latitude + (random.unit() - 0.5) * 0.98 * step, longitude + (random.unit() - 0.5) * 0.98 * step);
      REQUIRE(point.has_value());
      return *point;
    };
    std::vector<Query> queries{asking()};
    for (int i = 0; i < 40; ++i) {  // boxes and conditions with an edge near it
      const auto near = [&](double degrees) { return degrees + (random.unit() - 0.5) * 2 * step; };
      const double south = std::max(-90.0, std::min(near(latitude), 89.9));
      const double west = near(longitude);
      if (random.chance(0.7)) {
        queries.push_back(asking(box(std::min(90.0, south + random.unit() * 3 * step), south, west + random.unit() * 3 * step, west)));
      } else {
        static constexpr const char* kTests[] = {"lt", "le", "gt", "ge", "ne"};
        const std::string field = std::string{random.chance(0.5) ? "x/" : ""} + (random.chance(0.5) ? "latitude" : "longitude");
        queries.push_back(asking(where("{\"" + field + "\":{\"" + kTests[random.below(5)] + "\":" + std::to_string(near(random.chance(0.5) ? latitude : longitude)) + "}}")));
      }
      queries.back().filter.unlocated = random.chance(0.2);
    }
    // The same happens to two whose exact positions differ within their cells.
    std::string answers[2];
    for (std::string& answer : answers) {
      TestWorld world({event_channel("a:e")});
      world.open("a:x"), world.open("a:e");
      std::vector<state::Change> changes;
      std::vector<state::EventPtr> events;
      for (int move = 0; move < 3; ++move) {
        const geo::Point at = any_in_cell();
        const std::string record = "{\"latitude\":" + std::to_string(at.latitude_deg) + ",\"longitude\":" + std::to_string(at.longitude_deg) + "}";
        const state::EntityPtr before = world.find("a:x", "k");
        world.set("a:x", "k", record, at);
        changes.push_back({before, world.find("a:x", "k")});
        world.say("a:e", "k", "{}");
        world.say("a:e", std::nullopt, "{}", any_in_cell());
        const log::BatchPtr batch = world.close();
        events.insert(events.end(), batch->events.begin(), batch->events.end());
      }
      std::vector<View> views;
      for (const Query& query : queries) views.emplace_back(query, rights(to_decimals(decimals)), world.channels());
      answer = all_answers(views, changes, events);
    }
    REQUIRE(answers[0] == answers[1]);
    REQUIRE(answers[0].find("latitude") != std::string::npos);
  }
}

TEST_CASE("what a view shows lies within its reach") {
  const std::uint64_t seed = 815;
  CAPTURE(seed);
  Random random{seed};
  std::size_t inside = 0;
  for (int i = 0; i < 20'000; ++i) {
    TestWorld world;
    const auto any_longitude = [&] { return random.chance(0.3) ? (random.chance(0.5) ? 180.0 : -180.0) + random.unit() - 0.5 : random.unit() * 8 - 4; };
    const auto any_latitude = [&] { return std::clamp(random.chance(0.3) ? (random.chance(0.5) ? 90.0 : -90.0) + random.unit() - 0.5 : random.unit() * 8 - 4, -90.0, 90.0); };
    const auto any_filter = [&] {
      Filter filter;
      if (random.chance(0.3)) filter.keys = {random.chance(0.7) ? "k" : "l", "m"};
      if (random.chance(0.7)) {
        const double a = any_latitude(), b = any_latitude(), west = any_longitude();
        filter.bounds = geo::Box::from(std::max(a, b), std::min(a, b), west + random.unit() * (random.chance(0.2) ? 400 : 6), west);
        filter.unlocated = random.chance(0.3);
      }
      return filter;
    };
    Grant grant = filtered_by(random.chance(0.5) ? any_filter() : Filter{});
    if (random.chance(0.6)) grant.position_decimals = static_cast<int>(random.below(3));
    if (random.chance(0.2)) grant.hidden_fields = {random.chance(0.5) ? "latitude" : "v"};
    if (random.chance(0.2)) grant.read = {"a:y"};
    const auto place = random.chance(0.1) ? std::nullopt : geo::Point::from(any_latitude(), any_longitude());
    world.set("a:x", "k", "{}", place);
    const View view(asking(any_filter()), rights(grant), world.channels());
    if (view.membership(*world.find("a:x", "k")) != Membership::inside) continue;
    ++inside;
    const Filter& reach = view.reach();
    REQUIRE((!reach.keys || std::ranges::find(*reach.keys, "k") != reach.keys->end()));
    REQUIRE((!reach.bounds || (place ? reach.bounds->contains(*place) : reach.unlocated)));
  }
  CHECK(inside > 1000);
}

TEST_CASE("a place is nowhere to who may not read the channel that says it, or not the fields it is located by") {
  Watched world({event_channel("a:e")});
  world.set("a:x", "k", R"({"latitude":5,"longitude":5})", geo::Point{5, 5});
  world.set("a:y", "k", R"({"v":1})");
  const auto shown = [&](Grant grant, bool unlocated) {
    Query query = asking(box(10, 0, 10, 0), {"a:y"});
    query.filter.unlocated = unlocated;
    return !world.shown(world.view(query, std::move(grant))).empty();
  };
  CHECK(shown({}, false));
  CHECK(shown(reading({"a:*"}), false));
  CHECK(shown(hiding({"v"}), false));
  for (const Grant& grant : {reading({"a:y"}), hiding({"latitude"}), hiding({"longitude", "v"})}) {
    CHECK_FALSE(shown(grant, false));
    CHECK(shown(grant, true));
  }
  const Query here = asking(box(10, 0, 10, 0));
  CHECK(world.shows_event(world.view(here, {}), "k", "{}"));
  CHECK(world.shows_event(world.view(here, {}), std::nullopt, "{}", geo::Point{5, 5}));
  CHECK_FALSE(world.shows_event(world.view(here, reading({"a:e"})), "k", "{}"));
  CHECK_FALSE(world.shows_event(world.view(here, hiding({"latitude"})), std::nullopt, "{}", geo::Point{5, 5}));
  // Its own place, if it has one, is the only one.
  CHECK_FALSE(world.shows_event(world.view(here, hiding({"latitude"})), "k", "{}", geo::Point{5, 5}));
}

TEST_CASE("a forced filter holds besides the query's, tests things as they are, and is told as filtered, whatever happened") {
  Watched world({event_channel("a:e")});
  const geo::Point in{5, 5}, out{50, 50};
  const auto put = [&](std::string_view record, geo::Point at) { world.set("a:x", "k", record, at); };
  put(R"({"team":1,"secret":1})", in);
  Grant grant = filtered_by(box(10, 0, 10, 0));
  grant.filter.where = *Where::from(R"({"team":1,"secret":{"exists":true}})");
  grant.hidden_fields = {"secret"};
  const View view = world.view(asking(), grant);
  CHECK(view.has_where());
  CHECK(world.of(view, [&] { put(R"({"team":1,"secret":1})", out); }) == "a:x k -filtered");
  CHECK(world.of(view, [&] { put(R"({"team":1,"secret":1})", in); }) == R"(a:x k {"team":1})");
  CHECK(world.of(view, [&] { put(R"({"team":2,"secret":1})", in); }) == "a:x k -filtered");
  CHECK(world.of(view, [&] { put(R"({"team":1,"secret":1})", in); }) == R"(a:x k {"team":1})");
  CHECK(world.of(view, [&] { world.remove("a:x", "k"); }) == "a:x k -filtered");

  const View small = world.view(asking(box(6, 4, 6, 4)), grant);
  put(R"({"team":1,"secret":1})", in);
  CHECK(world.of(small, [&] { put(R"({"team":1,"secret":1})", {9, 9}); }) == "a:x k -filtered");

  Filter keys;
  keys.keys = {"k", "l"};
  Filter asked;
  asked.keys = {"l", "m"};
  CHECK(world.view(asking(asked), filtered_by(keys)).reach().keys == std::vector<std::string>{"l"});
  CHECK(world.view(asking(), filtered_by(keys)).reach().keys == keys.keys);
  CHECK(world.shown(world.view(asking(asked), filtered_by(keys))) == "");
  CHECK(world.shows_event(world.view(asking(), filtered_by(keys)), "k", "{}"));
  CHECK_FALSE(world.shows_event(world.view(asking(), filtered_by(keys)), std::nullopt, "{}"));
  CHECK_FALSE(world.shows_event(world.view(asking(), filtered_by(box(10, 0, 10, 0))), std::nullopt, "{}", out));
  CHECK_FALSE(world.shows_event(world.view(asking(), filtered_by(where(R"({"x/team":2})"))), "k", R"({"team":2})"));
}

TEST_CASE("what goes because rights changed is revoked, whatever became of it; what comes and stays is told as ever") {
  Watched world;
  world.set("a:x", "k", R"({"v":1,"w":2})");
  world.set("a:y", "k", R"({"v":1})");
  const state::EntityPtr entity = world.find("a:x", "k");
  const View all = world.view(asking(), {}), only_y = world.view(asking(), reading({"a:y"})), no_w = world.view(asking(), hiding({"w"}));
  CHECK(told(all, only_y, {entity, entity}) == "a:x k -revoked");
  CHECK(told(only_y, all, {entity, entity}) == R"(a:x k {"v":1,"w":2})");
  CHECK(told(all, no_w, {entity, entity}) == R"(a:x k {"v":1})");
  CHECK(told(no_w, all, {entity, entity}) == R"(a:x k +{"w":2})");
  CHECK(told(all, only_y, {entity, nullptr}) == "a:x k -revoked; a:y k -revoked");
  CHECK(told(all, world.view(asking(), filtered_by(where(R"({"w":2})"))), {entity, entity}) == "a:y k -revoked");
  CHECK(told(all, world.view(asking(), {}), {entity, nullptr}) == "a:x k -deleted; a:y k -deleted");
  // Another query as well: the query went.
  CHECK(told(all, world.view(asking(where(R"({"v":2})")), reading({"a:y"})), {entity, entity}) == "a:x k -filtered; a:y k -filtered");
}

TEST_CASE("rights are part of a view's name, and leave its query recognisable in it") {
  Watched world;
  const Query here = asking(box(10, 0, 10, 0)), there = asking(box(10, 0, 11, 0));
  std::vector<Grant> grants{Grant{}, reading({"a:*"}), reading({"a:*", "b:*"}), reading({}), hiding({"v"}), hiding({"v", "w"}), to_decimals(0), to_decimals(1),
                            filtered_by(box(10, 0, 10, 0)), filtered_by(where(R"({"v":1})"))};
  for (std::size_t i = 0; i < grants.size(); ++i) {
    const View view = world.view(here, grants[i]);
    CHECK(view.name().size() <= 34);
    for (std::size_t j = 0; j < grants.size(); ++j) {
      const View same = world.view(here, grants[j]), other = world.view(there, grants[j]);
      CHECK((view.name() == same.name()) == (i == j));
      CHECK((view.text() == same.text()) == (i == j));
      CHECK(view.has_query_of(same));
      CHECK(view.has_query_of(same.name()));
      CHECK(view.name() != other.name());
      CHECK_FALSE(view.has_query_of(other));
      CHECK_FALSE(view.has_query_of(other.name()));
    }
  }
  CHECK(world.view(here, reading({"b:*", "a:*", "a:*"})).name() == world.view(here, reading({"a:*", "b:*"})).name());
  for (const char* name : {"", "q", "r", "nonsense"}) CHECK_FALSE(world.view(here, {}).has_query_of(std::string_view{name}));
}

}  // namespace
}  // namespace starling::view

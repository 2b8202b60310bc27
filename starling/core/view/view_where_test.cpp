// What a view with conditions on fields shows, and what is told when it changes.
#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"
#include "starling/core/view/difference.hpp"

namespace starling::view {
namespace {

using log::TestWorld;

Query where(std::string_view conditions, std::vector<std::string> channels = {"a:*"}) {
  Query query;
  query.channels = std::move(channels);
  query.filter.where = *Where::from(conditions);
  return query;
}

/// A line a transition: "a:x set", "a:x patch", "a:x remove filtered".
std::string transitions(const View& was, const View& is, const state::Change& change) {
  std::string text;
  for_each_transition(was, is, change, [&](const Transition& transition) {
    if (!text.empty()) text += "; ";
    text += transition.channel->name;
    switch (transition.told) {
      case Told::set:
        CHECK(transition.before == nullptr);
        CHECK(transition.after->channel == transition.channel);
        text += " set";
        break;
      case Told::patch:
        CHECK(transition.before->channel == transition.channel);
        CHECK(transition.after->channel == transition.channel);
        text += " patch";
        break;
      case Told::remove:
        CHECK(transition.before->channel == transition.channel);
        CHECK(transition.after == nullptr);
        text += std::string{" remove "} + to_text(transition.reason);
        break;
    }
  });
  return text;
}

struct Watched : TestWorld {
  Watched() { open("a:x"), open("a:y"); }
  template <class Act>
  std::string of(Query what, Act&& act) {
    const View view(std::move(what), channels());
    const state::EntityPtr before = find("a:x", "k");
    act();
    return transitions(view, view, {before, find("a:x", "k")});
  }
};

TEST_CASE("a condition on a field of the channel that is shown is asked of each channel for itself") {
  Watched world;
  const Query warm = where(R"({"t":{"gt":20}})");
  world.set("a:x", "k", R"({"t":10})");
  world.set("a:y", "k", R"({"t":30})");
  const View view(warm, world.channels());
  const state::EntityPtr entity = world.find("a:x", "k");
  CHECK(view.has_where());
  CHECK(view.membership(*entity) == Membership::inside);
  CHECK_FALSE(view.admits(*entity, *entity->find(world.open("a:x"))));
  CHECK(view.admits(*entity, *entity->find(world.open("a:y"))));
  CHECK(transitions(view, view, {nullptr, entity}) == "a:y set");
  CHECK(world.of(warm, [&] { world.set("a:x", "k", R"({"t":25})"); }) == "a:x set");
  CHECK(world.of(warm, [&] { world.set("a:x", "k", R"({"t":26})"); }) == "a:x patch");
  CHECK(world.of(warm, [&] { world.set("a:x", "k", R"({"t":20})"); }) == "a:x remove filtered");
  CHECK(world.of(warm, [&] { world.set("a:x", "k", R"({"t":19})"); }) == "");
  CHECK(world.of(warm, [&] { world.remove("a:x", "k"); }) == "");
  CHECK(world.of(warm, [&] { world.remove("a:y", "k"); }) == "a:y remove deleted");
}

TEST_CASE("a condition on another facet lets a facet come and go that did not change itself") {
  Watched world;
  const Query online = where(R"({"y/online":true})", {"a:x"});
  world.set("a:x", "k", R"({"v":1})");
  CHECK(world.of(online, [&] { world.set("a:y", "k", R"({"online":true})"); }) == "a:x set");
  CHECK(world.of(online, [&] { world.set("a:y", "k", R"({"online":true,"n":1})"); }) == "");
  CHECK(world.of(online, [&] { world.set("a:x", "k", R"({"v":2})"); }) == "a:x patch");
  CHECK(world.of(online, [&] { world.set("a:y", "k", R"({"online":false})"); }) == "a:x remove filtered");
  CHECK(world.of(online, [&] { world.set("a:y", "k", R"({"online":true})"), world.set("a:x", "k", R"({"v":3})"); }) == "a:x set");
  CHECK(world.of(online, [&] { world.remove("a:y", "k"); }) == "a:x remove filtered");
  CHECK(world.of(where(R"({"y/online":{"exists":false}})", {"a:x"}), [&] { world.set("a:y", "k", "{}"); }) == "");
  CHECK(world.of(where(R"({"x/v":3,"y/online":{"ne":true}})"), [&] { world.set("a:y", "k", R"({"w":1})"); }) == "a:y patch");
}

TEST_CASE("a facet that is the same on both sides is not told, whatever else changed") {
  Watched world;
  world.set("a:x", "k", R"({"v":1})");
  world.set("a:y", "k", R"({"v":1})");
  CHECK(world.of(where(R"({"v":{"exists":true}})"), [&] { world.set("a:y", "k", R"({"v":2})"); }) == "a:y patch");
}

TEST_CASE("in a box and with a condition, leaving the box is moved and failing the condition is filtered") {
  Watched world;
  Query both = where(R"({"v":1})", {"a:x"});
  both.filter.bounds = geo::Box::from(10, 0, 10, 0);
  const geo::Point in{5, 5}, out{50, 50};
  const auto back = [&] { world.set("a:x", "k", R"({"v":1})", in); };
  back();
  CHECK(world.of(both, [&] { world.set("a:x", "k", R"({"v":1})", out); }) == "a:x remove moved");
  back();
  CHECK(world.of(both, [&] { world.set("a:x", "k", R"({"v":2})", in); }) == "a:x remove filtered");
  back();
  CHECK(world.of(both, [&] { world.set("a:x", "k", R"({"v":2})", out); }) == "a:x remove moved");
}

TEST_CASE("from one view to another only what differs by the view is told") {
  Watched world;
  world.set("a:x", "k", R"({"v":1})");
  world.set("a:y", "k", R"({"v":2})");
  const state::EntityPtr entity = world.find("a:x", "k");
  const auto told = [&](const Query& was, const Query& is) {
    return transitions(View(was, world.channels()), View(is, world.channels()), {entity, entity});
  };
  const Query all = where("{}"), one = where(R"({"v":1})"), two = where(R"({"v":2})");
  CHECK(told(all, all) == "");
  CHECK(told(all, one) == "a:y remove filtered");
  CHECK(told(one, all) == "a:y set");
  CHECK(told(one, two) == "a:x remove filtered; a:y set");
  CHECK(told(one, where(R"({"v":1.0})")) == "");
  Query bare = all;
  bare.fields.emplace();
  CHECK(told(all, bare) == "a:x patch; a:y patch");  // shown otherwise: how, the projection says
  CHECK(View(all, world.channels()).shows_inside_as(View(where("{}"), world.channels())));
  CHECK_FALSE(View(all, world.channels()).shows_inside_as(View(one, world.channels())));
  CHECK_FALSE(View(all, world.channels()).shows_inside_as(View(bare, world.channels())));
  CHECK_FALSE(View(all, world.channels()).shows_inside_as(View(where("{}", {"*"}), world.channels())));
}

TEST_CASE("events: conditions test their data, and with a facet the entity that is stamped on them") {
  state::ChannelDeclaration declaration;
  declaration.name = "a:e";
  declaration.kind = state::ChannelKind::event;
  TestWorld world({declaration});
  world.open("a:e");
  world.set("a:x", "k", R"({"v":1,"data":1})");
  const auto shows = [&](std::string_view conditions, std::optional<std::string> key, std::string_view data) {
    world.say("a:e", std::move(key), data);
    const log::BatchPtr batch = world.close();
    return View(where(conditions), world.channels()).shows(*batch->events.front());
  };
  CHECK(shows(R"({"n":1})", "k", R"({"n":1.0})"));
  CHECK_FALSE(shows(R"({"n":1})", "k", R"({"n":2})"));
  CHECK_FALSE(shows(R"({"v":1})", "k", R"({"n":1})"));  // of the entity, not of the data
  CHECK(shows(R"({"n":{"exists":false}})", "k", "{}"));
  CHECK(shows(R"({"x/v":1})", "k", "{}"));
  CHECK_FALSE(shows(R"({"x/v":2})", "k", "{}"));
  CHECK_FALSE(shows(R"({"x/v":1})", std::nullopt, R"({"v":1})"));
  CHECK_FALSE(shows(R"({"x/v":1})", "nobody", "{}"));
  CHECK(shows(R"({"x/v":{"exists":false}})", std::nullopt, "{}"));
  CHECK(shows(R"({"x/v":{"ne":1}})", "nobody", "{}"));
  CHECK(shows(R"({"x/v":1,"n":{"gt":0}})", "k", R"({"n":1})"));
  CHECK_FALSE(shows(R"({"x/v":1,"n":{"gt":1}})", "k", R"({"n":1})"));
}

}  // namespace
}  // namespace starling::view

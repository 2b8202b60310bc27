#include "starling/core/view/difference.hpp"

#include <doctest/doctest.h>

#include "starling/core/base/json.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::view {
namespace {

using log::TestWorld;

/// What is told, a line a channel: "a:x set {…}", "a:x patch v=1 w=2", "a:x remove moved".
std::string told(const View& was, const View& is, const state::Change& change) {
  std::string text;
  for_each_transition(was, is, change, [&](const Transition& transition) {
    Told told = transition.told;
    std::string patch;
    if (told == Told::patch) {
      switch (is.projection()->append_patch(patch, *transition.channel, *was.projection(), transition.before->fields, transition.after->fields)) {
        case Projection::Patch::same: return;
        case Projection::Patch::patch: break;
        case Projection::Patch::whole: told = Told::set; break;
      }
    }
    if (!text.empty()) text += "; ";
    text += transition.channel->name;
    switch (told) {
      case Told::remove: text += std::string{" remove "} + to_text(transition.reason); break;
      case Told::set:
        text += " set ";
        is.projection()->append_record(text, *transition.channel, transition.after->fields);
        break;
      case Told::patch:
        text += " patch";
        for (const json::Member& field : json::Members{patch}) text += ' ' + std::string{field.name} + '=' + std::string{field.value};
        break;
    }
  });
  return text;
}

Query query(std::vector<std::string> channels, Filter filter = {}, std::optional<std::vector<std::string>> fields = std::nullopt) {
  return {std::move(channels), std::move(filter), std::move(fields)};
}
Filter box(double north, double south, double east, double west) { return {std::nullopt, geo::Box::from(north, south, east, west), false}; }

struct Watched : TestWorld {
  Watched() { open("a:x"), open("a:y"); }
  /// What one who looks with `what` is told of all that `act` does to k.
  template <class Act>
  std::string of(Query what, Act&& act) {
    const View view(std::move(what), channels());
    (void)close();
    act();
    const log::BatchPtr batch = close();
    state::Change change = batch->changes.at(0);
    for (std::size_t i = 1; i < batch->changes.size(); ++i) change.fold(batch->changes[i]);
    return told(view, view, change);
  }
};

constexpr geo::Point kIn{5, 5}, kIn2{6, 6}, kOut{50, 50};
const Filter kBox = box(10, 0, 10, 0);

TEST_CASE("not in view before, in view after: the whole record") {
  Watched world;
  CHECK(world.of(query({"a:x"}), [&] { world.set("a:x", "k", R"({"v":1})"); }) == R"(a:x set {"v":1})");
}

TEST_CASE("in view before and after: the fields that differ, or the record if one disappeared") {
  struct Case {
    const char* name;
    std::string_view before, after, want;
  };
  for (const Case& c : {
           Case{"one of two", R"({"v":1,"w":2})", R"({"v":1,"w":3})", "a:x patch w=3"},
           Case{"both, in the record's order", R"({"v":1,"w":2})", R"({"w":3,"v":4})", "a:x patch w=3 v=4"},
           Case{"a new one", R"({"v":1})", R"({"v":1,"w":2})", "a:x patch w=2"},
           Case{"to null", R"({"v":1})", R"({"v":null})", "a:x patch v=null"},
           Case{"nothing but another text", R"({"v":1})", R"({"v":1.0})", "a:x patch v=1.0"},
           Case{"one gone", R"({"v":1,"w":2})", R"({"v":1})", R"(a:x set {"v":1})"},
           Case{"one gone, one come", R"({"v":1})", R"({"w":1})", R"(a:x set {"w":1})"},
           Case{"all gone", R"({"v":1})", R"({})", "a:x set {}"},
           Case{"the same", R"({"v":1})", R"({"v":1})", ""},
           Case{"the same in another order", R"({"v":1,"w":2})", R"({"w":2,"v":1})", ""},
       }) {
    CAPTURE(c.name);
    Watched world;
    world.set("a:x", "k", c.before);
    CHECK(world.of(query({"a:x"}), [&] { world.set("a:x", "k", c.after); }) == c.want);
  }
}

TEST_CASE("with fields, only what is shown counts") {
  struct Case {
    const char* name;
    std::string_view before, after, want;
  };
  for (const Case& c : {
           Case{"a hidden field changes", R"({"v":1,"h":1})", R"({"v":1,"h":2})", ""},
           Case{"a hidden field disappears", R"({"v":1,"h":1})", R"({"v":1})", ""},
           Case{"a hidden field comes", R"({"v":1})", R"({"v":1,"h":1})", ""},
           Case{"both change", R"({"v":1,"h":1})", R"({"v":2,"h":2})", "a:x patch v=2"},
           Case{"a shown field disappears", R"({"v":1,"w":2,"h":1})", R"({"w":2,"h":2})", R"(a:x set {"w":2})"},
           Case{"the last shown field disappears", R"({"v":1,"h":1})", R"({"h":1})", "a:x set {}"},
           Case{"comes in with nothing to show", "", R"({"h":1})", "a:x set {}"},
           Case{"comes in with something to show", "", R"({"h":1,"w":2,"v":1})", R"(a:x set {"w":2,"v":1})"},
           Case{"goes with nothing to show", R"({"h":1})", "", "a:x remove deleted"},
       }) {
    CAPTURE(c.name);
    Watched world;
    if (!c.before.empty()) world.set("a:x", "k", c.before);
    const auto act = [&] { c.after.empty() ? world.remove("a:x", "k") : world.set("a:x", "k", c.after); };
    CHECK(world.of(query({"a:x"}, {}, {{"v", "w"}}), act) == c.want);
  }
}

TEST_CASE("an empty list of fields shows that something is there, and no more") {
  Watched world;
  const Query bare = query({"a:*"}, {}, std::vector<std::string>{});
  CHECK(world.of(bare, [&] { world.set("a:x", "k", R"({"v":1})"); }) == "a:x set {}");
  CHECK(world.of(bare, [&] { world.set("a:x", "k", R"({"v":2})"); }) == "");
  CHECK(world.of(bare, [&] { world.set("a:x", "k", R"({})"); }) == "");
  CHECK(world.of(bare, [&] { world.remove("a:x", "k"); }) == "a:x remove deleted");
}

TEST_CASE("channels come and go by themselves, each told for itself") {
  Watched world;
  const Query all = query({"a:*"});
  CHECK(world.of(all, [&] { world.set("a:y", "k", R"({"v":1})"); }) == R"(a:y set {"v":1})");
  CHECK(world.of(all, [&] { world.set("a:x", "k", R"({"v":2})"); }) == R"(a:x set {"v":2})");
  CHECK(world.of(all, [&] { world.set("a:x", "k", R"({"v":3})"), world.set("a:y", "k", R"({"v":3})"); }) == "a:x patch v=3; a:y patch v=3");
  CHECK(world.of(all, [&] { world.remove("a:x", "k"), world.set("a:y", "k", R"({"v":4})"); }) == "a:x remove deleted; a:y patch v=4");
  CHECK(world.of(all, [&] { world.set("a:x", "k", R"({"v":5})"), world.remove("a:y", "k"); }) == R"(a:x set {"v":5}; a:y remove deleted)");
  CHECK(world.of(query({"a:y"}), [&] { world.set("a:x", "k", R"({"v":6})"); }) == "");
  CHECK(world.of(all, [&] { world.remove("a:x", "k"); }) == "a:x remove deleted");
}

TEST_CASE("deleted or expired, with the cause of the change") {
  for (const auto& [cause, want] : {std::pair{state::Cause::deleted, "a:x remove deleted"}, std::pair{state::Cause::expired, "a:x remove expired"}}) {
    Watched world;
    world.set("a:x", "k", "{}");
    CHECK(world.of(query({"*"}), [&] { world.remove("a:x", "k", cause); }) == want);
    // Another facet keeps the entity alive: this one went all the same.
    world.set("a:x", "k", "{}");
    world.set("a:y", "k", "{}");
    CHECK(world.of(query({"*"}), [&] { world.remove("a:x", "k", cause); }) == want);
  }
}

TEST_CASE("each facet that went says its own reason, whatever was reported since and whatever went since") {
  struct Case {
    const char* name;
    state::Cause first, then;
    const char* want;
  };
  for (const Case& c : {Case{"expired, then deleted", state::Cause::expired, state::Cause::deleted, "a:x remove expired; a:y remove deleted"},
                        Case{"deleted, then expired", state::Cause::deleted, state::Cause::expired, "a:x remove deleted; a:y remove expired"}}) {
    CAPTURE(c.name);
    Watched world;
    for (const char* channel : {"a:x", "a:y", "a:z"}) world.set(channel, "k", R"({"v":1})");
    const auto act = [&] {
      world.remove("a:x", "k", c.first);
      world.set("a:z", "k", R"({"v":2})");
      world.remove("a:y", "k", c.then);
      world.set("a:z", "k", R"({"v":3})");
    };
    CHECK(world.of(query({"*"}), act) == std::string{c.want} + "; a:z patch v=3");
  }
  Watched world;
  world.set("a:x", "k", R"({"v":1})");
  const auto back_and_gone = [&] {
    world.remove("a:x", "k", state::Cause::deleted);
    world.set("a:x", "k", R"({"v":2})");
    world.remove("a:x", "k", state::Cause::expired);
  };
  CHECK(world.of(query({"*"}), back_and_gone) == "a:x remove expired");
}

TEST_CASE("an announcement is nothing to a native view") {
  Watched world;
  world.set("a:x", "k", R"({"v":1})", kIn);
  CHECK(world.of(query({"*"}), [&] { world.announce("a:x", "k"); }) == "");
  CHECK(world.of(query({"*"}, kBox), [&] { world.announce("a:x", "k"); }) == "");
}

TEST_CASE("through a box: what enters is set, what leaves has moved, what stays outside is nothing") {
  struct Case {
    const char* name;
    std::optional<geo::Point> before, after;
    const char* want;
  };
  for (const Case& c : {
           Case{"enters", kOut, kIn, R"(a:x set {"v":2}; a:y set {"w":1})"},
           Case{"leaves", kIn, kOut, "a:x remove moved; a:y remove moved"},
           Case{"moves within", kIn, kIn2, "a:x patch v=2"},
           Case{"moves outside", kOut, geo::Point{60, 60}, ""},
           Case{"is given a place", std::nullopt, kIn, R"(a:x set {"v":2}; a:y set {"w":1})"},
           Case{"loses its place", kIn, std::nullopt, "a:x remove moved; a:y remove moved"},
           Case{"has none", std::nullopt, std::nullopt, ""},
       }) {
    CAPTURE(c.name);
    Watched world;
    world.set("a:x", "k", R"({"v":1})", c.before);
    world.set("a:y", "k", R"({"w":1})");
    const auto act = [&] {
      world.set("a:x", "k", R"({"v":2})", c.after);
      if (!c.after && c.before) world.clear_place("a:x", "k");
    };
    CHECK(world.of(query({"a:*"}, kBox), act) == c.want);
  }
}

TEST_CASE("the facet that owned the place is deleted, the others have moved") {
  Watched world;
  world.set("a:x", "k", "{}", kIn);
  world.set("a:y", "k", "{}");
  CHECK(world.of(query({"a:*"}, kBox), [&] { world.remove("a:x", "k"); }) == "a:x remove deleted; a:y remove moved");
}

TEST_CASE("gone from a box it was not in is nothing") {
  Watched world;
  world.set("a:x", "k", "{}", kOut);
  CHECK(world.of(query({"a:*"}, kBox), [&] { world.remove("a:x", "k"); }) == "");
}

TEST_CASE("in and out within one fold is nothing; out and in is an ordinary patch") {
  Watched world;
  const Query in_box = query({"a:x"}, kBox);
  world.set("a:x", "k", R"({"v":1})", kOut);
  CHECK(world.of(in_box, [&] { world.set("a:x", "k", R"({"v":2})", kIn), world.set("a:x", "k", R"({"v":3})", kOut); }) == "");
  world.set("a:x", "k", R"({"v":1})", kIn);
  CHECK(world.of(in_box, [&] { world.set("a:x", "k", R"({"v":2})", kOut), world.set("a:x", "k", R"({"v":3})", kIn); }) == "a:x patch v=3");
  CHECK(world.of(in_box, [&] { world.remove("a:x", "k"), world.set("a:x", "k", R"({"v":4})", kIn); }) == "a:x patch v=4");
  CHECK(world.of(in_box, [&] { world.remove("a:x", "k"), world.set("a:x", "k", R"({"w":4})", kIn); }) == R"(a:x set {"w":4})");
}

TEST_CASE("a key that is not asked for is never told") {
  Watched world;
  const Query others = query({"a:*"}, {std::vector<std::string>{"other"}, std::nullopt, false});
  CHECK(world.of(others, [&] { world.set("a:x", "k", "{}"); }) == "");
  CHECK(world.of(others, [&] { world.remove("a:x", "k"); }) == "");
}

TEST_CASE("from one view to another: what is in both is compared as each shows it, what left was filtered, what came in is set") {
  struct Case {
    const char* name;
    Query was, is;
    const char* want;
  };
  const Filter elsewhere = box(90, 40, 60, 40), wider = box(20, -20, 20, -20);
  for (const Case& c : {
           Case{"the same", query({"a:*"}), query({"a:*"}), ""},
           Case{"a pan that keeps it", query({"a:*"}, kBox), query({"a:*"}, wider), ""},
           Case{"a pan away", query({"a:*"}, kBox), query({"a:*"}, elsewhere), "a:x remove filtered; a:y remove filtered"},
           Case{"a pan to it", query({"a:*"}, elsewhere), query({"a:*"}, kBox), R"(a:x set {"v":1,"w":2}; a:y set {"u":3})"},
           Case{"a channel less", query({"a:*"}), query({"a:x"}), "a:y remove filtered"},
           Case{"a channel more", query({"a:x"}), query({"a:*"}), R"(a:y set {"u":3})"},
           Case{"another channel", query({"a:x"}), query({"a:y"}), R"(a:x remove filtered; a:y set {"u":3})"},
           Case{"no longer asked for by key", query({"a:x"}), query({"a:x"}, {std::vector<std::string>{"other"}, std::nullopt, false}), "a:x remove filtered"},
           Case{"fewer fields", query({"a:x"}), query({"a:x"}, {}, {{"v"}}), R"(a:x set {"v":1})"},
           Case{"more fields", query({"a:x"}, {}, {{"v"}}), query({"a:x"}), "a:x patch w=2"},
           Case{"other fields", query({"a:x"}, {}, {{"v"}}), query({"a:x"}, {}, {{"w"}}), R"(a:x set {"w":2})"},
           Case{"fields it does not have", query({"a:x"}), query({"a:x"}, {}, {{"z"}}), "a:x set {}"},
           Case{"from fields it does not have to others it does not have", query({"a:x"}, {}, {{"z"}}), query({"a:x"}, {}, {{"y"}}), ""},
       }) {
    CAPTURE(c.name);
    Watched world;
    world.set("a:x", "k", R"({"v":1,"w":2})", kIn);
    world.set("a:y", "k", R"({"u":3})");
    const state::EntityPtr entity = world.find("a:x", "k");
    const View was(c.was, world.channels()), is(c.is, world.channels());
    CHECK(told(was, is, {entity, entity}) == c.want);
  }
}

TEST_CASE("from one view to another while it changes: old view of before against new view of after") {
  Watched world;
  const View was(query({"a:*"}, kBox), world.channels()), is(query({"a:*"}, box(60, 40, 60, 40)), world.channels());
  world.set("a:x", "k", R"({"v":1,"w":1})", kIn);
  const state::EntityPtr in = world.find("a:x", "k");
  world.set("a:x", "k", R"({"v":2,"w":1})", kOut);
  const state::EntityPtr out = world.find("a:x", "k");
  CHECK(told(was, is, {in, out}) == "a:x patch v=2");  // it went along with the map
  CHECK(told(was, is, {in, in}) == "a:x remove filtered");
  CHECK(told(was, is, {out, in}) == "");
  CHECK(told(was, is, {in, nullptr, state::gone(world.open("a:x"), state::Cause::deleted)}) == "a:x remove deleted");
  CHECK(told(was, is, {in, nullptr, state::gone(world.open("a:x"), state::Cause::expired)}) == "a:x remove expired");
  CHECK(told(was, is, {nullptr, out}) == R"(a:x set {"v":2,"w":1})");
}

TEST_CASE("two views of the same query are one view") {
  Watched world;
  const View was(query({"a:*"}, kBox), world.channels()), is(query({"a:*"}, kBox), world.channels());
  world.set("a:x", "k", "{}", kIn);
  const state::EntityPtr in = world.find("a:x", "k");
  world.set("a:x", "k", "{}", kOut);
  CHECK(told(was, is, {in, world.find("a:x", "k")}) == "a:x remove moved");
}

TEST_CASE("what is told of one facet to whoever is shown its entity before and after is what the box alone says") {
  const std::uint64_t seed = 977;
  CAPTURE(seed);
  Random random{seed};
  TestWorld world;
  const View view(query({"a:*"}, box(10, 0, 10, 0)), world.channels());
  const std::vector<std::string> names{"a:x", "a:y", "a:z"};
  for (const std::string& name : names) world.open(name);
  const geo::Point place{5, 5};
  std::size_t told_total = 0, removed = 0;
  for (int round = 0; round < 2'000; ++round) {
    CAPTURE(round);
    const std::string key = "k" + std::to_string(round);
    world.set("a:where", key, "{}", place);
    for (const std::string& name : names) {
      if (random.chance(0.6)) world.set(name, key, "{\"v\":1}");
    }
    (void)world.close();
    world.set("a:where", key, "{\"w\":1}", place);
    for (const std::string& name : names) {
      const bool is_there = world.find(name, key)->find(world.open(name)) != nullptr;
      if (is_there && random.chance(0.4)) {
        world.remove(name, key, random.chance(0.5) ? state::Cause::expired : state::Cause::deleted);
      } else if (random.chance(0.5)) {
        world.set(name, key, "{\"v\":2}");
      }
    }
    const log::BatchPtr batch = world.close();
    state::Change change = batch->changes.at(0);
    for (std::size_t i = 1; i < batch->changes.size(); ++i) change.fold(batch->changes[i]);
    std::size_t told = 0;
    for_each_transition(view, view, change, [&](const Transition& transition) {
      ++told;
      removed += transition.told == Told::remove;
      const auto inside = transition_inside(change, *transition.channel);
      REQUIRE(inside);
      REQUIRE(inside->channel == transition.channel);
      REQUIRE(inside->told == transition.told);
      REQUIRE(inside->before == transition.before);
      REQUIRE(inside->after == transition.after);
      if (transition.told == Told::remove) REQUIRE(inside->reason == transition.reason);
    });
    for (const state::Channel* channel : world.channels().all()) told -= transition_inside(change, *channel).has_value();
    REQUIRE(told == 0);
    told_total += change.after->facets.size();
  }
  CHECK(told_total > 2'000);
  CHECK(removed > 500);
}

}  // namespace
}  // namespace starling::view

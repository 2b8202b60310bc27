#include "starling/core/view/index.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <set>

#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"
#include "starling/core/view/difference.hpp"

namespace starling::view {
namespace {

using log::TestWorld;

class AnyWorld {
 public:
  explicit AnyWorld(std::uint64_t seed) : random_(seed), world_({event()}) {}

  std::optional<geo::Point> any_place() {
    if (random_.chance(0.2)) return std::nullopt;
    // Often on the date line, a pole, or an edge some box has.
    static constexpr double kLongitudes[] = {-180, 180, -179, 179, 0, 170, -170};
    static constexpr double kLatitudes[] = {-90, 90, 0, 45};
    const double longitude = random_.chance(0.5) ? kLongitudes[random_.below(std::size(kLongitudes))] : random_.unit() * 360 - 180;
    const double latitude = random_.chance(0.5) ? kLatitudes[random_.below(std::size(kLatitudes))] : random_.unit() * 180 - 90;
    return geo::Point{latitude, longitude};
  }

  Query any_query() {
    Query query;
    static const std::vector<std::string> kNames{"a:x", "a:y", "a:e", "a:*", "*"};
    const std::size_t end = random_.chance(0.5) ? 3 : kNames.size();  // often names alone
    for (std::uint64_t i = random_.below(3) + 1; i > 0; --i) query.channels.push_back(kNames[random_.below(end)]);
    if (random_.chance(0.4)) {
      query.filter.keys.emplace();
      for (std::uint64_t i = random_.below(4); i > 0; --i) query.filter.keys->push_back(any_key());
    }
    if (random_.chance(0.6)) {
      const double a = random_.unit() * 180 - 90, b = random_.unit() * 180 - 90;
      const double west = random_.chance(0.3) ? 170 : random_.unit() * 360 - 180;
      query.filter.bounds = geo::Box::from(std::max(a, b), std::min(a, b), west + random_.unit() * 400, west);
      query.filter.unlocated = random_.chance(0.3);
    }
    if (random_.chance(0.3)) query.fields = std::vector<std::string>{"v"};
    return query;
  }

  /// Mostly everything.
  RightsPtr any_rights() {
    if (random_.chance(0.6)) return Rights::everything();
    Grant grant;
    if (random_.chance(0.5)) grant.filter = any_query().filter;
    if (random_.chance(0.5)) grant.position_decimals = static_cast<int>(random_.below(2));
    if (random_.chance(0.3)) grant.hidden_fields = {random_.chance(0.5) ? "latitude" : "v"};
    if (random_.chance(0.3)) grant.read = {random_.chance(0.5) ? "a:x" : "a:y", "a:e"};
    return std::make_shared<const Rights>(std::move(grant));
  }

  state::Change any_change() {
    const std::string key = any_key();
    const std::string channel = random_.chance(0.5) ? "a:x" : "a:y";
    const state::EntityPtr held = world_.find(channel, key);
    if (held && random_.chance(0.3) && held->find(world_.open(channel))) {
      world_.remove(channel, key);
    } else if (held && random_.chance(0.2)) {
      world_.clear_place(channel, key);
    } else {
      world_.set(channel, key, "{\"v\":" + std::to_string(random_.below(3)) + '}', any_place());
    }
    state::Change change = world_.last_change();
    if (!random_.chance(0.3)) return change;
    // Another of the same key before it: of two channels, or there and back.
    const std::string other = channel == "a:x" ? "a:y" : "a:x";
    if (random_.chance(0.3)) {
      if (change.after) world_.announce(change.after->facets.front()->channel->name, key);
    } else {
      world_.set(other, key, "{\"v\":" + std::to_string(random_.below(3)) + '}');
    }
    if (world_.last_change().identity().key == key) change.fold(world_.last_change());
    return change;
  }

  state::EventPtr any_event() {
    world_.say("a:e", random_.chance(0.7) ? std::optional{any_key()} : std::nullopt, "{}", any_place());
    return world_.close()->events.back();
  }

  Random& random() { return random_; }
  TestWorld& world() { return world_; }

 private:
  static state::ChannelDeclaration event() {
    state::ChannelDeclaration declaration;
    declaration.name = "a:e";
    declaration.kind = state::ChannelKind::event;
    return declaration;
  }
  std::string any_key() { return std::to_string(random_.below(6)); }

  Random random_;
  TestWorld world_;
};

TEST_CASE("whoever has to be told of a change or an event is touched, once, as a scan of all views would find") {
  const std::uint64_t seed = 180180;
  CAPTURE(seed);
  AnyWorld any(seed);
  Index<int> index;
  std::map<int, std::unique_ptr<View>> views;
  int next_handle = 0;
  std::size_t told = 0, touched_total = 0;
  for (int step = 0; step < 6000; ++step) {
    CAPTURE(step);
    if (views.size() < 40 || any.random().chance(0.3)) {
      auto view = std::make_unique<View>(any.any_query(), any.any_rights(), any.world().channels());
      index.insert(next_handle, *view);
      views.emplace(next_handle++, std::move(view));
    }
    if (views.size() > 40) {  // others leave
      auto leaving = views.begin();
      std::advance(leaving, any.random().below(views.size()));
      index.erase(leaving->first, *leaving->second);
      views.erase(leaving);
    }
    std::set<int> touched;
    const auto touch = [&](int handle) {
      REQUIRE(views.contains(handle));         // nobody who left
      REQUIRE(touched.insert(handle).second);  // nobody twice
    };
    std::set<int> must;
    if (any.random().chance(0.7)) {
      const state::Change change = any.any_change();
      index.for_each_touched(change, touch);
      for (const auto& [handle, view] : views) {
        for_each_transition(*view, *view, change, [&, handle = handle](const Transition&) { must.insert(handle); });
      }
    } else {
      const state::EventPtr event = any.any_event();
      index.for_each_touched(*event, touch);
      for (const auto& [handle, view] : views) {
        if (view->shows(*event)) must.insert(handle);
      }
    }
    for (const int handle : must) {
      CAPTURE(views.at(handle)->text());
      REQUIRE(touched.contains(handle));
    }
    told += must.size();
    touched_total += touched.size();
  }
  CHECK(told > 10'000);               // the scan had something to find
  CHECK(touched_total < 6000u * 36);  // and the index did not just name everybody
}

TEST_CASE("a box asks for the place before as well as the place after") {
  TestWorld world;
  const auto in_box = [&](double north, double south, double east, double west) {
    Query query;
    query.channels = {"*"};
    query.filter.bounds = geo::Box::from(north, south, east, west);
    return View(query, world.channels());
  };
  Index<int> index;
  const View here = in_box(10, 0, 10, 0), there = in_box(10, 0, -170, 170), beyond = in_box(-50, -60, 10, 0);
  index.insert(1, here);
  index.insert(2, there);
  index.insert(3, beyond);
  const auto touched = [&] {
    std::set<int> handles;
    index.for_each_touched(world.last_change(), [&](int handle) { handles.insert(handle); });
    return handles;
  };
  world.set("a:x", "k", "{}", geo::Point{5, 5});
  CHECK(touched() == std::set{1});
  world.set("a:x", "k", "{}", geo::Point{5, -175});
  CHECK(touched() == std::set{1, 2});
  world.clear_place("a:x", "k");
  CHECK(touched() == std::set{2});
  world.set("a:x", "k", "{}");
  CHECK(touched().empty());
}

TEST_CASE("who also looks at what is nowhere is touched once, whichever side has no place") {
  TestWorld world;
  Query query;
  query.channels = {"*"};
  query.filter.bounds = geo::Box::from(10, 0, 10, 0);
  query.filter.unlocated = true;
  const View view(query, world.channels());
  Index<int> index;
  index.insert(1, view);
  const auto times_touched = [&] {
    int times = 0;
    index.for_each_touched(world.last_change(), [&](int) { ++times; });
    return times;
  };
  const geo::Point inside{5, 5}, outside{50, 50};
  world.set("a:x", "k", "{}");
  CHECK(times_touched() == 1);  // was not, is nowhere
  world.set("a:x", "k", "{}");
  CHECK(times_touched() == 1);  // nowhere, nowhere
  world.set("a:x", "k", "{}", inside);
  CHECK(times_touched() == 1);  // nowhere, inside
  world.set("a:x", "k", "{}", inside);
  CHECK(times_touched() == 1);  // inside, inside
  world.set("a:x", "k", "{}", outside);
  CHECK(times_touched() == 1);  // inside, outside
  world.set("a:x", "k", "{}", outside);
  CHECK(times_touched() == 0);  // outside, outside
  world.clear_place("a:x", "k");
  CHECK(times_touched() == 1);  // outside, nowhere
  world.set("a:x", "k", "{}", outside);
  CHECK(times_touched() == 1);  // nowhere, outside
  world.remove("a:x", "k");
  CHECK(times_touched() == 0);  // outside, is not
  world.set("a:x", "k", "{}", inside);
  CHECK(times_touched() == 1);  // was not, inside
  index.erase(1, view);
  CHECK(times_touched() == 0);
}

TEST_CASE("an index is empty until somebody comes and when all have left, whatever they look at") {
  TestWorld world;
  const auto filtered = [&](const Filter& filter) {
    Query query;
    query.channels = {"*"};
    query.filter = filter;
    return std::make_unique<View>(query, world.channels());
  };
  const auto box = geo::Box::from(10, 0, 10, 0);
  std::vector<std::unique_ptr<View>> views;
  views.push_back(filtered({}));
  views.push_back(filtered({.keys = std::vector<std::string>{"k", "l"}, .bounds = {}}));
  views.push_back(filtered({.keys = std::vector<std::string>{"k"}, .bounds = box}));
  views.push_back(filtered({.keys = {}, .bounds = box}));
  views.push_back(filtered({.keys = {}, .bounds = box, .unlocated = true}));
  Index<const View*> index;
  CHECK(index.empty());
  for (const auto& view : views) {
    index.insert(view.get(), *view);
    CHECK_FALSE(index.empty());
    index.erase(view.get(), *view);
    CHECK(index.empty());
  }
  for (const auto& view : views) index.insert(view.get(), *view);
  for (const auto& view : views) {
    CHECK_FALSE(index.empty());
    index.erase(view.get(), *view);
  }
  CHECK(index.empty());
}

}  // namespace
}  // namespace starling::view

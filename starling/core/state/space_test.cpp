#include "starling/core/state/space.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "starling/core/base/random.hpp"
#include "starling/core/state/state.hpp"
#include "starling/core/state/test_entity.hpp"

namespace starling::state {
namespace {

std::map<std::string, double> held(const Cut& cut) {
  std::map<std::string, double> all;
  for (std::size_t slot = 0; slot < cut.slots(); ++slot) {
    if (const EntityPtr& at = cut.at(slot)) all.emplace(at->key(), at->place->point.latitude_deg);
  }
  return all;
}

std::map<std::string, double> held(const Space& space) {
  std::map<std::string, double> all;
  space.for_each([&](const EntityPtr& at) { all.emplace(at->key(), at->place->point.latitude_deg); });
  return all;
}

TEST_CASE("a space gives back what was put into it, by key") {
  Space space;
  CHECK(space.find("a") == nullptr);
  const EntityPtr first = entity("a");
  space.put(first);
  space.put(entity("b"));
  CHECK(space.find("a") == first);
  CHECK(space.size() == 2);
  const EntityPtr second = entity("a", 1);  // of an identity of its own: the first may go
  space.put(second);
  CHECK(space.find("a") == second);
  CHECK(space.size() == 2);
  space.erase("a");
  CHECK(space.find("a") == nullptr);
  CHECK(space.size() == 1);
  CHECK(held(space) == std::map<std::string, double>{{"b", 0}});
}

TEST_CASE("the key of the entity that goes may be the one it is erased by") {
  Space space;
  space.put(entity("a key too long to stand inside a string object"));
  const std::string_view key = space.find("a key too long to stand inside a string object")->key();
  space.erase(key);
  CHECK(space.size() == 0);
}

TEST_CASE("an entity that knows its slot is put there; one whose slot is another's, empty or none is put where its key says") {
  Space space;
  const EntityPtr first = entity("a");
  const std::uint32_t a = space.put(first), b = space.put(entity("b"));
  CHECK(a != b);
  const auto again = [](const EntityPtr& before, std::uint32_t slot) {
    auto after = std::make_shared<Entity>(*before);
    after->slot = slot;
    return EntityPtr{std::move(after)};
  };
  for (const std::uint32_t slot : {a, b, kNoSlot, std::uint32_t{200}, std::uint32_t{kPageSlots}}) {
    CAPTURE(slot);
    const EntityPtr next = again(space.find("a"), slot);
    CHECK(space.put(next) == a);
    CHECK(space.at(a) == next);
    CHECK(space.find("a") == next);
    CHECK(space.find("b")->key() == "b");
    CHECK(space.size() == 2);
  }
  space.erase("a");
  const std::uint32_t c = space.put(entity("c"));
  CHECK(c == a);  // the slot is used again, and who left it does not get it back
  CHECK(space.put(again(first, a)) != c);
  CHECK(space.size() == 3);
}

TEST_CASE("an entity of a new identity takes the key over from one that is let go") {
  Space space;
  space.put(entity("a key too long to stand inside a string object"));
  space.put(entity("a key too long to stand inside a string object", 1));
  REQUIRE(space.find("a key too long to stand inside a string object"));
  CHECK(space.find("a key too long to stand inside a string object")->place->point.latitude_deg == 1);
}

TEST_CASE("a page holds 256 entities: one below, at and one above") {
  for (const std::size_t count : {std::size_t{255}, std::size_t{256}, std::size_t{257}}) {
    CAPTURE(count);
    Space space;
    for (std::size_t i = 0; i < count; ++i) space.put(entity(std::to_string(i), 1));
    CHECK(space.size() == count);
    const Cut cut = space.cut(7);
    CHECK(cut.seq() == 7);
    CHECK(cut.slots() == (count <= 256 ? 256u : 512u));
    CHECK(held(cut).size() == count);
    CHECK(held(space) == held(cut));
    for (std::size_t i = 0; i < count; ++i) REQUIRE(space.find(std::to_string(i)) != nullptr);
  }
}

TEST_CASE("slots that were left are used again before a page is added") {
  Space space;
  for (int i = 0; i < 256; ++i) space.put(entity(std::to_string(i)));
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 256; i += 2) space.erase(std::to_string(i));
    for (int i = 0; i < 256; i += 2) space.put(entity(std::to_string(i)));
  }
  CHECK(space.cut(1).slots() == 256);
  CHECK(space.size() == 256);
}

TEST_CASE("what stands in a box is found, whoever stands nowhere apart, and each again where it went") {
  Space space{Places::indexed};
  const auto box = *geo::Box::from(10, 0, 10, 0), other = *geo::Box::from(20, 5, 10, 0);
  const auto in = [&](const geo::Box& where) {
    std::set<std::string> keys;
    space.for_each_in(where, [&](const EntityPtr& at) { keys.insert(at->key()); });
    CHECK(space.count_in(where, 100) == keys.size());
    return keys;
  };
  const auto nowhere = [&] {
    std::set<std::string> keys;
    space.for_each_unlocated([&](const EntityPtr& at) { keys.insert(at->key()); });
    return keys;
  };
  using Keys = std::set<std::string>;
  space.put(entity_at("a", geo::Point{1, 1}));
  space.put(entity_at("b", geo::Point{7, 1}));
  space.put(entity_at("c", std::nullopt));
  CHECK(in(box) == Keys{"a", "b"});
  CHECK(in(other) == Keys{"b"});
  CHECK(nowhere() == Keys{"c"});
  CHECK(space.count_in(box, 1) == 1);

  space.put(entity_at("a", geo::Point{15, 1}));  // moves
  space.put(entity_at("b", std::nullopt));       // loses its place
  space.put(entity_at("c", geo::Point{2, 2}));   // gets one
  CHECK(in(box) == Keys{"c"});
  CHECK(in(other) == Keys{"a"});
  CHECK(nowhere() == Keys{"b"});
  std::map<std::string, bool> one_of;  // key → is in the first
  space.for_each_in_one_of(box, other, [&](const EntityPtr& at, bool is_in_box, bool is_in_other) {
    CHECK(is_in_box != is_in_other);
    one_of.emplace(at->key(), is_in_box);
  });
  CHECK(one_of == std::map<std::string, bool>{{"a", false}, {"c", true}});

  space.put(entity_at("c", geo::Point{2, 2}));  // says the same place again
  const EntityPtr newest = space.find("c");
  space.for_each_in(box, [&](const EntityPtr& at) { CHECK(at == newest); });
  space.erase("b");
  space.erase("c");
  CHECK(in(box).empty());
  CHECK(nowhere().empty());
}

TEST_CASE("places are what comparing every entity says, whoever comes, moves, loses its place or goes") {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Space space{Places::indexed};
    std::map<std::string, EntityPtr> truth;
    // Small steps and few distinct values: points on edges, at the same place, and at both names of the date line.
    const auto point = [&] { return geo::Point{static_cast<double>(random.below(19)) * 10 - 90, static_cast<double>(random.below(37)) * 10 - 180}; };
    const auto box = [&] {
      const double south = static_cast<double>(random.below(18)) * 10 - 90, west = static_cast<double>(random.below(37)) * 10 - 180;
      return *geo::Box::from(std::min(90.0, south + static_cast<double>(random.below(9)) * 10), south, west + static_cast<double>(random.below(36)) * 10, west);
    };
    const auto stands_in = [](const Entity& at, const geo::Box& where) { return at.place && where.contains(at.place->point); };
    for (int step = 0; step < 4'000; ++step) {
      CAPTURE(step);
      const std::string key = std::to_string(random.below(400));
      if (random.chance(0.25) && truth.contains(key)) {
        space.erase(key);
        truth.erase(key);
      } else {
        EntityPtr made = entity_at(key, random.chance(0.2) ? std::nullopt : std::optional{point()});
        truth[key] = made;
        space.put(std::move(made));
      }
      if (step % 1'000 == 999) space = Space{std::move(space)};
      if (step % 20 != 0) continue;
      const geo::Box a = box(), b = box();
      std::set<EntityPtr> want, got;
      std::set<std::pair<EntityPtr, bool>> want_one_of, got_one_of;
      std::set<EntityPtr> want_nowhere, got_nowhere;
      for (const auto& [name, at] : truth) {
        const bool is_in_a = stands_in(*at, a), is_in_b = stands_in(*at, b);
        if (is_in_a) want.insert(at);
        if (is_in_a != is_in_b) want_one_of.insert({at, is_in_a});
        if (!at->place) want_nowhere.insert(at);
      }
      space.for_each_in(a, [&](const EntityPtr& at) { REQUIRE(got.insert(at).second); });
      space.for_each_in_one_of(a, b, [&](const EntityPtr& at, bool is_in_a, bool is_in_b) {
        REQUIRE(is_in_a != is_in_b);
        REQUIRE(got_one_of.insert({at, is_in_a}).second);
      });
      space.for_each_unlocated([&](const EntityPtr& at) { REQUIRE(got_nowhere.insert(at).second); });
      REQUIRE(got == want);
      REQUIRE(got_one_of == want_one_of);
      REQUIRE(got_nowhere == want_nowhere);
      for (const std::size_t at_most : {std::size_t{0}, want.size(), want.size() + 1}) REQUIRE(space.count_in(a, at_most) == std::min(at_most, want.size()));
      if (!want.empty()) REQUIRE(space.count_in(a, want.size() - 1) == want.size() - 1);
    }
  }
}

TEST_CASE("every space of a state that indexes places does, also one that only stands before another") {
  State state{Places::indexed};
  Entity made;
  made.identity = std::make_shared<const Identity>(Identity{2, "a", Identity::hash_of(2, "a")});
  state.apply({nullptr, std::make_shared<const Entity>(made)});
  REQUIRE(state.spaces().size() == 3);
  const auto world = *geo::Box::from(90, -90, 180, -180);
  for (const Space& space : state.spaces()) CHECK(space.count_in(world, 10) == 0);
  std::size_t nowhere = 0;
  state.spaces()[2].for_each_unlocated([&](const EntityPtr&) { ++nowhere; });
  CHECK(nowhere == 1);
}

TEST_CASE("a state gives a cut of a space that is only declared, too") {
  State state;
  const Cut cut = state.cut(3, 7);
  CHECK(cut.seq() == 7);
  CHECK(cut.slots() == 0);
}

TEST_CASE("a state keeps equal keys of two spaces apart") {
  State state;
  const auto in_space = [](std::uint32_t space_index) {
    Entity made;
    made.identity = std::make_shared<const Identity>(Identity{space_index, "a", Identity::hash_of(space_index, "a")});
    return std::make_shared<const Entity>(std::move(made));
  };
  const EntityPtr first = in_space(0), second = in_space(3);
  state.apply({nullptr, first});
  state.apply({nullptr, second});
  CHECK(state.find(0, "a") == first);
  CHECK(state.find(3, "a") == second);
  CHECK(state.find(1, "a") == nullptr);
  CHECK(state.find(9, "a") == nullptr);
  CHECK(state.keys(3) == 1);
  CHECK(state.keys(9) == 0);
  state.apply({first, nullptr});
  CHECK(state.find(0, "a") == nullptr);
  CHECK(state.find(3, "a") == second);
}

}  // namespace
}  // namespace starling::state

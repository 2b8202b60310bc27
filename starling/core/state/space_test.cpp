#include "starling/core/state/space.hpp"

#include <doctest/doctest.h>

#include <map>

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

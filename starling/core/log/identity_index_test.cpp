#include "starling/core/log/identity_index.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>

#include "starling/core/base/random.hpp"

namespace starling::log {
namespace {

state::IdentityPtr identity(std::uint32_t space_index, std::string key, std::optional<std::size_t> hash = std::nullopt) {
  const std::size_t real = state::Identity::hash_of(space_index, key);
  return std::make_shared<const state::Identity>(state::Identity{space_index, std::move(key), hash.value_or(real)});
}

TEST_CASE("entities are numbered in the order in which they were first named, whichever identity says who they are") {
  IdentityIndex index;
  CHECK_FALSE(index.find(*identity(0, "a")).has_value());
  const state::IdentityPtr first = identity(0, "a");
  CHECK(index.add(first) == std::pair{std::size_t{0}, true});
  CHECK(index.add(identity(1, "a")) == std::pair{std::size_t{1}, true});
  CHECK(index.add(identity(0, "b")) == std::pair{std::size_t{2}, true});
  CHECK(index.add(identity(0, "a")) == std::pair{std::size_t{0}, false});
  CHECK(index[0] == first);
  CHECK(index.find(*identity(0, "b")) == 2);
  CHECK_FALSE(index.find(*identity(1, "b")).has_value());
  CHECK(index.size() == 3);
}

TEST_CASE("entities of one hash are still told apart") {
  IdentityIndex index;
  for (std::size_t i = 0; i < 100; ++i) CHECK(index.add(identity(0, std::to_string(i), 0xFFFF'FFFF)).second);
  for (std::size_t i = 0; i < 100; ++i) CHECK(index.find(*identity(0, std::to_string(i), 0xFFFF'FFFF)) == i);
  CHECK_FALSE(index.find(*identity(0, "100", 0xFFFF'FFFF)).has_value());
}

TEST_CASE("after many entities or few, nothing is left of what was there before it was cleared") {
  Random random(31);
  MESSAGE("seed 31");
  IdentityIndex index;
  for (const std::size_t count : {1000, 3, 0, 40, 1, 5000, 1, 1, 33}) {
    CAPTURE(count);
    std::map<std::string, std::size_t> numbers;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string key = std::to_string(random.below(count));
      const auto [number, is_new] = index.add(identity(0, key));
      CHECK(is_new == numbers.emplace(key, numbers.size()).second);
      CHECK(number == numbers.at(key));
    }
    CHECK(index.size() == numbers.size());
    for (const auto& [key, number] : numbers) CHECK(index[number]->key == key);
    index.clear();
    CHECK(index.size() == 0);
    for (const auto& [key, number] : numbers) CHECK_FALSE(index.find(*identity(0, key)).has_value());
  }
}

}  // namespace
}  // namespace starling::log

#include "starling/core/base/numbered.hpp"

#include <doctest/doctest.h>

#include <map>

#include "starling/core/base/random.hpp"

namespace starling {
namespace {

struct Thing {
  std::uint64_t number;
  int value;
};

TEST_CASE("a thing is found by its number until it is taken, and never by another's") {
  Numbered<Thing> things;
  const auto make = [](int value) { return [value](std::uint64_t number) { return std::make_unique<Thing>(number, value); }; };
  const std::uint64_t first = things.add(make(1)).number;
  const std::uint64_t second = things.add(make(2)).number;
  CHECK(first != second);
  CHECK(things.find(first)->value == 1);
  CHECK(things.take(first)->value == 1);
  CHECK(things.find(first) == nullptr);
  CHECK(things.take(first) == nullptr);
  const std::uint64_t third = things.add(make(3)).number;  // where the first was
  CHECK(third != first);
  CHECK(things.find(first) == nullptr);
  CHECK(things.find(third)->value == 3);
  CHECK(things.find(0) == nullptr);
  CHECK(things.find(~std::uint64_t{0}) == nullptr);
  CHECK(things.size() == 2);
}

TEST_CASE("whatever comes and goes, it holds what a map does") {
  const std::uint64_t seed = 20'261'121;
  CAPTURE(seed);
  Random random{seed};
  Numbered<Thing> things;
  std::map<std::uint64_t, int> expected;
  std::vector<std::uint64_t> numbers;  // ever
  for (int i = 0; i < 5'000; ++i) {
    if (numbers.empty() || random.below(100) < 52) {
      const std::uint64_t number = things.add([&](std::uint64_t given) { return std::make_unique<Thing>(given, i); }).number;
      REQUIRE(expected.emplace(number, i).second);
      numbers.push_back(number);
    } else {
      const std::uint64_t number = numbers[random.below(numbers.size())];
      const auto taken = things.take(number);
      REQUIRE((taken != nullptr) == (expected.erase(number) == 1));
    }
    REQUIRE(things.size() == expected.size());
  }
  for (const std::uint64_t number : numbers) {
    const Thing* found = things.find(number);
    const auto known = expected.find(number);
    REQUIRE((found != nullptr) == (known != expected.end()));
    if (found != nullptr) CHECK(found->value == known->second);
  }
  std::map<std::uint64_t, int> visited;
  things.for_each([&](const Thing& thing) { visited.emplace(thing.number, thing.value); });
  CHECK(visited == expected);
}

}  // namespace
}  // namespace starling

#include "starling/core/state/cut.hpp"

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/base/random.hpp"
#include "starling/core/state/space.hpp"
#include "starling/core/state/test_entity.hpp"

namespace starling::state {
namespace {

using Held = std::map<std::string, EntityPtr>;

Held held(const Cut& cut) {
  Held all;
  for (std::size_t slot = 0; slot < cut.slots(); ++slot) {
    if (const EntityPtr& at = cut.at(slot)) all.emplace(at->key(), at);
  }
  return all;
}

TEST_CASE("a cut of nothing has no slots, and any slot of it is empty") {
  const Cut cut{7};
  CHECK(cut.seq() == 7);
  CHECK(cut.slots() == 0);
  CHECK(cut.at(0) == nullptr);
  CHECK(cut.at(1000) == nullptr);
}

TEST_CASE("a cut of an empty space is empty, whatever comes after") {
  Space space;
  const Cut cut = space.cut(0);
  space.put(entity("a"));
  CHECK(cut.slots() == 0);
  CHECK(cut.at(0) == nullptr);
  space.erase("a");
  CHECK(cut.at(0) == nullptr);
}

TEST_CASE("a cut keeps what was replaced, what was erased, and that a slot was empty") {
  Space space;
  const EntityPtr first = entity("a", 1), second = entity("b", 1);
  space.put(first);
  space.put(second);
  const Cut cut = space.cut(1);
  space.put(entity("a", 2));
  space.erase("b");
  space.put(entity("c"));  // in the slot b left
  space.put(entity("d"));  // in a slot that was empty
  CHECK(held(cut) == Held{{"a", first}, {"b", second}});
}

TEST_CASE("an entity is moved into a cut: nobody holds it more often than before, and none but what was written") {
  Space space;
  for (int i = 0; i < 300; ++i) space.put(entity(std::to_string(i)));
  const EntityPtr written = space.find("0"), unwritten = space.find("1");
  REQUIRE(written.use_count() == 2);
  {
    const Cut cut = space.cut(1);
    space.put(entity("0", 1));
    CHECK(written.use_count() == 2);  // here and in the cut
    space.put(entity("0", 2));
    CHECK(written.use_count() == 2);
    CHECK(unwritten.use_count() == 2);  // here and in the space
  }
  CHECK(written.use_count() == 1);
}

TEST_CASE("with no cut alive nothing is kept") {
  Space space;
  space.put(entity("a", 1));
  const EntityPtr first = space.find("a");
  CHECK(space.cuts() == 0);
  { const Cut cut = space.cut(1); }
  space.put(entity("a", 2));
  CHECK(first.use_count() == 1);
  CHECK(space.cuts() == 0);
}

TEST_CASE("what a younger cut kept goes to the older one when the younger is let go, and nowhere when the older is gone") {
  Space space;
  space.put(entity("a", 1));
  const EntityPtr first = space.find("a");
  SUBCASE("younger first") {
    std::optional<Cut> older{space.cut(1)}, younger{space.cut(2)};
    space.put(entity("a", 2));
    younger.reset();
    CHECK(older->at(0) == first);
    older.reset();
  }
  SUBCASE("older first") {
    std::optional<Cut> older{space.cut(1)}, younger{space.cut(2)};
    space.put(entity("a", 2));
    older.reset();
    CHECK(younger->at(0) == first);
    younger.reset();
  }
  SUBCASE("with a write between, the middle first") {
    std::optional<Cut> oldest{space.cut(1)};
    space.put(entity("b", 1));
    std::optional<Cut> middle{space.cut(2)};
    space.put(entity("a", 2));
    const EntityPtr second = space.find("a");
    std::optional<Cut> youngest{space.cut(3)};
    space.put(entity("a", 3));
    middle.reset();
    CHECK(oldest->at(0) == first);
    CHECK(oldest->at(1) == nullptr);
    CHECK(youngest->at(0) == second);
    youngest.reset();
    CHECK(second.use_count() == 1);  // the oldest has an earlier one of that slot
    CHECK(oldest->at(0) == first);
    oldest.reset();
  }
  CHECK(first.use_count() == 1);
  CHECK(space.cuts() == 0);
}

TEST_CASE("what a younger cut kept of pages that the older one did not have is dropped") {
  Space space;
  for (std::size_t i = 0; i < kPageSlots; ++i) space.put(entity(std::to_string(i)));
  const Cut older = space.cut(1);
  space.put(entity("later", 1));
  const EntityPtr later = space.find("later");
  {
    const Cut younger = space.cut(2);
    CHECK(younger.slots() == 2 * kPageSlots);
    space.put(entity("later", 2));
    space.put(entity("0", 2));
    CHECK(younger.at(kPageSlots) == later);
  }
  CHECK(later.use_count() == 1);
  CHECK(older.at(kPageSlots) == nullptr);
  CHECK(older.at(0)->place->point.latitude_deg == 0);
}

TEST_CASE("a cut stays with its space when that moves, and outlives it") {
  std::optional<Cut> cut;
  EntityPtr first;
  {
    std::vector<Space> spaces(1);
    spaces[0].put(entity("a", 1));
    first = spaces[0].find("a");
    cut = spaces[0].cut(1);
    spaces.resize(100);  // moves it
    spaces[0].put(entity("a", 2));
    spaces[0].put(entity("b", 2));
    CHECK(spaces[0].cuts() == 1);
    CHECK(held(*cut) == Held{{"a", first}});
  }
  CHECK(held(*cut) == Held{{"a", first}});
  cut.reset();
  CHECK(first.use_count() == 1);
}

TEST_CASE("a cut may be moved; the one that was moved from is a cut of nothing") {
  Space space;
  space.put(entity("a", 1));
  Cut cut = space.cut(1);
  Cut moved = std::move(cut);
  CHECK(space.cuts() == 1);
  CHECK(cut.slots() == 0);  // NOLINT: that is what is tried
  CHECK(moved.at(0)->key() == "a");
  Cut second = space.cut(2);
  CHECK(space.cuts() == 2);
  second = std::move(moved);
  CHECK(space.cuts() == 1);
  CHECK(second.seq() == 1);
  Cut& self = second;
  second = std::move(self);
  CHECK(second.at(0)->key() == "a");
}

TEST_CASE("between two cuts differ the slots that were written, unless the same stands there again") {
  Space space;
  for (std::size_t i = 0; i < kPageSlots; ++i) space.put(entity(std::to_string(i)));
  const Cut first = space.cut(1);
  space.put(entity("200", 2));
  space.put(entity("0", 2));
  const EntityPtr was = space.find("5");
  space.put(entity("5", 2));
  space.put(was);
  space.erase("7");
  const Cut second = space.cut(2);
  space.put(entity("3", 2));
  space.put(entity("added", 2));  // takes the slot of 7
  space.put(entity("on a new page", 2));
  space.put(entity("as well", 2));
  space.erase("on a new page");
  const Cut third = space.cut(3);
  space.put(entity("9", 2));

  const std::uint32_t page = kPageSlots;
  CHECK(changed_between(first, second) == std::vector<std::uint32_t>{0, 7, 200});
  CHECK(changed_between(second, third) == std::vector<std::uint32_t>{3, 7, page + 1});
  CHECK(changed_between(first, third) == std::vector<std::uint32_t>{0, 3, 7, 200, page + 1});
  CHECK(changed_between(first, first).empty());
  CHECK(changed_between(third, third).empty());
  CHECK(first.at(7)->key() == "7");
  CHECK(third.at(7)->key() == "added");
  CHECK(first.at(page + 1) == nullptr);
  CHECK(third.at(page + 1)->key() == "as well");
  const Cut nothing{0};
  CHECK(changed_between(nothing, first).size() == kPageSlots);
}

TEST_CASE("two cuts with no write between are one in all but their seq") {
  Space space;
  space.put(entity("a", 1));
  const EntityPtr first = space.find("a");
  std::optional<Cut> one{space.cut(1)}, two{space.cut(2)};
  CHECK(space.cuts() == 2);
  CHECK(changed_between(*one, *two).empty());
  CHECK(changed_between(*two, *one).empty());
  space.put(entity("a", 2));
  one.reset();
  CHECK(two->at(0) == first);
  CHECK(two->seq() == 2);
  two.reset();
  CHECK(first.use_count() == 1);
}

TEST_CASE("cuts stay what they were, whatever is written, erased, added, cut and let go after") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    Random random{seed};
    Space space;
    Held truth;
    struct Taken {
      Cut cut;
      std::vector<EntityPtr> slots;  // read when it was taken
      Held was;
    };
    std::vector<Taken> taken;
    const std::uint64_t keys = seed % 2 == 0 ? 700 : 60;
    const auto check_all = [&] {
      for (std::size_t i = 0; i < taken.size(); ++i) {
        const Taken& older = taken[i];
        for (std::size_t slot = 0; slot < older.cut.slots(); ++slot) REQUIRE(older.cut.at(slot) == older.slots[slot]);
        for (std::size_t k = i; k < taken.size(); ++k) {
          const Taken& younger = taken[k];
          std::vector<std::uint32_t> differ;
          for (std::size_t slot = 0; slot < younger.slots.size(); ++slot) {
            const EntityPtr before = slot < older.slots.size() ? older.slots[slot] : nullptr;
            if (before != younger.slots[slot]) differ.push_back(static_cast<std::uint32_t>(slot));
          }
          REQUIRE(changed_between(older.cut, younger.cut) == differ);
        }
      }
    };
    for (int step = 0; step < 3'000; ++step) {
      CAPTURE(step);
      const std::string key = std::to_string(random.below(1 + keys * static_cast<std::uint64_t>(step) / 1'500));
      if (random.chance(0.4) && truth.contains(key)) {
        space.erase(key);
        truth.erase(key);
      } else {
        const EntityPtr made = entity(key, step % 90);
        space.put(made);
        truth[key] = made;
      }
      if (random.chance(0.03)) {
        taken.push_back({space.cut(static_cast<Seq>(step)), {}, truth});
        Taken& now = taken.back();
        for (std::size_t slot = 0; slot < now.cut.slots(); ++slot) now.slots.push_back(now.cut.at(slot));
        REQUIRE(held(now.cut) == now.was);
      }
      if (!taken.empty() && (taken.size() > 6 || random.chance(0.02))) {
        taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(random.below(taken.size())));
        REQUIRE(space.cuts() == taken.size());
        check_all();
      }
      if (step % 500 == 0) space = Space{std::move(space)};  // it may stand elsewhere in memory
    }
    check_all();
    for (const Taken& each : taken) REQUIRE(held(each.cut) == each.was);
    REQUIRE(space.size() == truth.size());
    std::map<std::string, EntityPtr> live;
    space.for_each([&](const EntityPtr& at) { live.emplace(at->key(), at); });
    REQUIRE(live == truth);
    space = Space{};
    check_all();
  }
}

}  // namespace
}  // namespace starling::state

#include "starling/core/fanout/cuts.hpp"

#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"

namespace starling::fanout {
namespace {

struct Cutting {
  log::TestWorld world;
  state::State state;
  Cuts cuts{2};
  state::Seq head = 0;

  void close() {
    const log::BatchPtr batch = world.close();
    for (const state::Change& change : batch->changes) state.apply(change);
    head = batch->seq;
  }
  void set(const char* key, int v) {
    world.set("a:x", key, "{\"v\":" + std::to_string(v) + '}');
    close();
  }
  void remove(const char* key) {
    world.remove("a:x", key);
    close();
  }
  StateCutPtr take() { return cuts.take(state, head, {}); }
  /// `k: {…} -> {…}`, in the order of keys.
  std::vector<std::string> difference(const StateCutPtr& older) {
    const CutDifferencePtr found = cuts.difference(older, state, head, {});
    if (!found) return {"none to be had"};
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < found->size(); ++i) {
      const state::Change change = (*found)[i];
      const auto text = [](const state::EntityPtr& entity) { return entity ? std::string{entity->facets[0]->fields.text()} : "nothing"; };
      lines.push_back(change.identity().key + ": " + text(change.before) + " -> " + text(change.after));
    }
    std::ranges::sort(lines);
    return lines;
  }
};

using Found = std::vector<std::string>;

TEST_CASE("cuts at one seq are one; at most so many live, and then the newest serves") {
  Cutting cutting;
  cutting.set("k", 1);
  const StateCutPtr first = cutting.take();
  CHECK(cutting.take() == first);
  cutting.set("k", 2);
  StateCutPtr second = cutting.take();
  CHECK(second->seq == 2);
  CHECK(cutting.cuts.live() == 2);
  cutting.set("k", 3);
  CHECK(cutting.take() == second);
  second.reset();
  CHECK(cutting.cuts.live() == 1);
  CHECK(cutting.take()->seq == 3);
}

TEST_CASE("the difference of two cuts is one change for each entity that differs, also if it went and came again in another slot") {
  Cutting cutting;
  for (const char* key : {"a", "b", "c", "d"}) cutting.set(key, 1);
  const StateCutPtr older = cutting.take();
  CHECK(cutting.difference(older) == Found{"none to be had"});  // nothing has happened since
  cutting.set("a", 2);
  cutting.remove("b");
  cutting.remove("c");
  cutting.set("e", 1);  // in the slot that c left
  cutting.set("c", 2);  // in the slot that b left
  cutting.remove("d");
  cutting.set("d", 1);
  cutting.set("f", 1);
  cutting.remove("f");
  CHECK(cutting.difference(older) == Found{R"(a: {"v":1} -> {"v":2})", R"(b: {"v":1} -> nothing)", R"(c: {"v":1} -> {"v":2})", R"(d: {"v":1} -> {"v":1})",
                                           R"(e: nothing -> {"v":1})"});
}

TEST_CASE("those who go on from one cut to another share the difference") {
  Cutting cutting;
  cutting.set("a", 1);
  const StateCutPtr older = cutting.take();
  cutting.set("a", 2);
  const CutDifferencePtr one = cutting.cuts.difference(older, cutting.state, cutting.head, {});
  CHECK(cutting.cuts.difference(older, cutting.state, cutting.head, {}) == one);
  cutting.set("a", 3);
  CHECK(cutting.cuts.difference(older, cutting.state, cutting.head, {}) == one);  // a newer cut may not be taken
}

TEST_CASE("a space that came later is in the difference whole") {
  Cutting cutting;
  cutting.set("a", 1);
  const StateCutPtr older = cutting.take();
  cutting.world.set("b:y", "k", "{}");
  cutting.close();
  CHECK(cutting.difference(older) == Found{"k: nothing -> {}"});
}

}  // namespace
}  // namespace starling::fanout

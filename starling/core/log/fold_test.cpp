#include "starling/core/log/fold.hpp"

#include <doctest/doctest.h>

#include <map>

#include "starling/core/base/random.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::log {
namespace {

constexpr std::size_t kAll = 1'000'000;

struct Logged : TestWorld {
  Log log{1 << 30};
  void close() { log.append(TestWorld::close()); }
  Fold fold(Seq since) const { return *fold_since(log, since, kAll); }
};

TEST_CASE("a fold keeps what was first and what is last") {
  Logged world;
  world.set("a:x", "k", R"({"v":1})");
  world.close();
  const state::EntityPtr first = world.find("a:x", "k");
  world.set("a:x", "k", R"({"v":2})");
  world.set("a:x", "k", R"({"v":3})");
  world.close();
  world.set("a:x", "k", R"({"v":4})");
  world.close();
  const Fold fold = world.fold(1);
  CHECK(fold.after == 1);
  CHECK(fold.upto == 3);
  REQUIRE(fold.changes.size() == 1);
  CHECK(fold.changes[0].before == first);
  CHECK(fold.changes[0].after == world.find("a:x", "k"));
}

TEST_CASE("why a facet went is kept, whatever happens to the others, and its last time counts") {
  Logged world;
  world.set("a:x", "k", R"({"v":1})");
  world.set("a:y", "k", R"({"v":1})");
  world.close();
  world.remove("a:x", "k", state::Cause::deleted);
  world.close();
  world.set("a:x", "k", R"({"v":2})");
  world.remove("a:x", "k", state::Cause::expired);
  world.close();
  world.set("a:y", "k", R"({"v":2})");
  world.close();
  REQUIRE(world.fold(1).changes.size() == 1);
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:x")) == state::Cause::expired);
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:y")) == std::nullopt);
  world.remove("a:y", "k", state::Cause::deleted);
  world.close();
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:x")) == state::Cause::expired);
  CHECK(world.fold(1).changes[0].cause_of(world.open("a:y")) == state::Cause::deleted);
  CHECK(world.fold(1).changes[0].after == nullptr);
}

TEST_CASE("an announcement alone stays one, and is lost in a change before or after it") {
  Logged world;
  world.set("a:x", "k", "{}");
  world.close();
  world.announce("a:x", "k");
  world.close();
  REQUIRE(world.fold(1).changes.size() == 1);
  CHECK(world.fold(1).changes[0].is_announcement());
  CHECK(world.fold(0).changes[0].before == nullptr);
  world.set("a:x", "k", R"({"v":1})");
  world.close();
  CHECK_FALSE(world.fold(1).changes[0].is_announcement());
  world.announce("a:x", "k");
  world.close();
  CHECK(world.fold(3).changes[0].is_announcement());
  CHECK_FALSE(world.fold(2).changes[0].is_announcement());
}

TEST_CASE("deleted and created again is the difference of the two, within a batch or over many") {
  for (const bool is_one_batch : {true, false}) {
    CAPTURE(is_one_batch);
    Logged world;
    world.set("a:x", "k", R"({"v":1})");
    world.close();
    const state::EntityPtr was = world.find("a:x", "k");
    world.remove("a:x", "k");
    if (!is_one_batch) world.close();
    world.set("a:x", "k", R"({"v":2})");
    world.close();
    const Fold fold = world.fold(1);
    REQUIRE(fold.changes.size() == 1);
    CHECK(fold.changes[0].before == was);
    CHECK(fold.changes[0].after == world.find("a:x", "k"));
  }
}

TEST_CASE("what came and went within the run is nothing") {
  Logged world;
  world.set("a:x", "stays", R"({})");
  world.set("a:x", "goes", R"({})");
  world.close();
  world.remove("a:x", "goes");
  world.close();
  const Fold fold = world.fold(0);
  REQUIRE(fold.changes.size() == 1);
  CHECK(fold.changes[0].identity().key == "stays");
  // Whoever stands in between is told.
  CHECK(world.fold(1).changes.size() == 1);
}

TEST_CASE("equal keys of two spaces are two entities") {
  Logged world;
  world.set("a:x", "k", R"({})");
  world.set("b:x", "k", R"({})");
  world.set("a:y", "k", R"({})");
  world.close();
  CHECK(world.fold(0).changes.size() == 2);
}

TEST_CASE("events follow each other, never merged") {
  Logged world;
  world.say("a:e", "k", R"({"n":1})");
  world.say("a:e", "k", R"({"n":1})");
  world.close();
  world.close();
  world.say("b:e", std::nullopt, R"({"n":2})");
  world.close();
  const Fold fold = world.fold(0);
  REQUIRE(fold.events.size() == 3);
  CHECK(fold.events[0]->seq == 1);
  CHECK(fold.events[0]->n == 0);
  CHECK(fold.events[1]->n == 1);
  CHECK(fold.events[2]->seq == 3);
  CHECK(fold.changes.empty());
  CHECK(world.fold(1).events.size() == 1);
}

TEST_CASE("a fold of nothing is empty and stands where it started") {
  Logged world;
  world.close();
  const Fold fold = world.fold(1);
  CHECK(fold.after == 1);
  CHECK(fold.upto == 1);
  CHECK(fold.changes.empty());
}

TEST_CASE("more changed entities than allowed is no fold: one below, at and one above") {
  for (const std::size_t changed : {std::size_t{4}, std::size_t{5}, std::size_t{6}}) {
    CAPTURE(changed);
    Logged world;
    for (std::size_t i = 0; i < changed; ++i) {
      world.set("a:x", std::to_string(i), R"({"v":1})");
      world.set("a:x", "0", R"({"v":1})");  // the same one again counts once
      world.close();
    }
    CHECK(fold_since(world.log, 0, 5).has_value() == (changed <= 5));
    CHECK(fold_since(world.log, 1, 5).has_value() == (changed <= 5));
  }
}

TEST_CASE("there is no fold from where the log does not reach") {
  TestWorld world;
  Log log(250);
  for (int i = 0; i < 5; ++i) {
    world.set("a:x", "k", "{\"v\":" + std::to_string(i) + '}');
    log.append(world.close(100));
  }
  CHECK_FALSE(fold_since(log, 0, kAll).has_value());
  CHECK_FALSE(fold_since(log, 2, kAll).has_value());
  CHECK(fold_since(log, 3, kAll).has_value());
  CHECK(fold_since(log, 5, kAll).has_value());
  CHECK_FALSE(fold_since(log, 6, kAll).has_value());
}

/// Why each facet that the start of the fold has and its end lacks is gone: what anybody can be told.
std::map<std::string, state::Cause> causes_of(const Fold& fold) {
  std::map<std::string, state::Cause> causes;
  for (const state::Change& change : fold.changes) {
    if (!change.before) continue;
    for (const state::FacetPtr& facet : change.before->facets) {
      if (change.after && change.after->find(*facet->channel)) continue;
      const auto cause = change.cause_of(*facet->channel);
      REQUIRE(cause.has_value());
      causes.emplace(facet->channel->name + '/' + change.identity().key, *cause);
    }
  }
  return causes;
}

/// A fold as a batch would say it, to be folded again.
Batch as_batch(const Fold& fold, Seq seq) {
  Batch batch;
  batch.seq = seq;
  batch.changes = fold.changes;
  batch.events = fold.events;
  return batch;
}

using Sides = std::map<std::string, std::pair<const state::Entity*, const state::Entity*>>;
Sides sides_of(const Fold& fold) {
  Sides sides;
  for (const state::Change& change : fold.changes) {
    const bool is_new = sides.emplace(std::to_string(change.identity().space_index) + '/' + change.identity().key,
                                      std::pair{change.before.get(), change.after.get()}).second;
    REQUIRE(is_new);  // at most one change an entity
  }
  return sides;
}

TEST_CASE("folding is associative: however a run is grouped, the fold of the folds is the fold of the run") {
  const std::uint64_t seed = 31337;
  CAPTURE(seed);
  Random random{seed};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    Logged world;
    const Seq batches = 1 + random.below(20);
    for (Seq seq = 1; seq <= batches; ++seq) {
      for (std::uint64_t i = random.below(5); i > 0; --i) {
        const std::string channel = std::string(1, static_cast<char>('a' + random.below(2))) + (random.chance(0.5) ? ":x" : ":y");
        const std::string key = std::to_string(random.below(4));
        const state::EntityPtr entity = world.find(channel, key);
        if (random.chance(0.4) && entity && entity->find(world.open(channel))) {
          world.remove(channel, key, random.chance(0.5) ? state::Cause::deleted : state::Cause::expired);
        } else if (random.chance(0.2) && entity) {
          world.announce(channel, key);
        } else {
          world.set(channel, key, "{\"v\":" + std::to_string(random.below(3)) + '}');
        }
        if (random.chance(0.3)) world.say("a:e", std::nullopt, "{}");
      }
      world.close();
    }
    const Seq since = random.below(batches + 1);
    const Fold whole = world.fold(since);

    // Cut the run at random seqs; fold each piece, then the pieces.
    Folder folder{0};
    Seq from = since, group = 0;
    while (from < batches) {
      const Seq to = from + 1 + random.below(batches - from);
      Folder piece{from};
      world.log.for_each_after(from, [&](const Batch& batch) {
        if (batch.seq <= to) piece.add(batch);
      });
      Fold folded = std::move(piece).take();
      std::erase_if(folded.changes, [](const state::Change& change) { return !change.before && !change.after; });
      folder.add(as_batch(folded, ++group));
      from = to;
    }
    Fold regrouped = std::move(folder).take();
    std::erase_if(regrouped.changes, [](const state::Change& change) { return !change.before && !change.after; });

    REQUIRE(sides_of(regrouped) == sides_of(whole));
    REQUIRE(causes_of(regrouped) == causes_of(whole));
    REQUIRE(regrouped.events == whole.events);
    // What the fold ends with is what there is.
    for (const state::Change& change : whole.changes) {
      REQUIRE(change.after == world.state().find(change.identity().space_index, change.identity().key));
    }
  }
}

}  // namespace
}  // namespace starling::log

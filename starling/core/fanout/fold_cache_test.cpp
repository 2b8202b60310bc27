#include "starling/core/fanout/fold_cache.hpp"

#include <doctest/doctest.h>

#include "starling/core/log/test_world.hpp"

namespace starling::fanout {
namespace {

struct Cached {
  void close() {
    world.set("a:x", std::to_string(log.head()), "{}");
    log.append(world.close());
  }
  log::TestWorld world;
  log::Log log{1 << 20};
  FoldCache folds{log, 40};
};

TEST_CASE("a fold is made once while the log does not move") {
  Cached cached;
  for (int i = 0; i < 3; ++i) cached.close();
  const log::FoldPtr since_1 = cached.folds.since(1);
  REQUIRE(since_1);
  CHECK(since_1->changes.size() == 2);
  CHECK(cached.folds.since(1) == since_1);
  CHECK(cached.folds.since(2) != since_1);
  cached.close();
  CHECK(cached.folds.since(1)->changes.size() == 3);
}

TEST_CASE("32 folds are kept, and one more is made for who asks: one below, at and one above") {
  for (const state::Seq asked : {state::Seq{31}, state::Seq{32}, state::Seq{33}}) {
    CAPTURE(asked);
    Cached cached;
    for (int i = 0; i < 40; ++i) cached.close();
    log::FoldPtr last;
    for (state::Seq since = 0; since < asked; ++since) last = cached.folds.since(since);
    const log::FoldPtr again = cached.folds.since(asked - 1);
    CHECK((again == last) == (asked <= 32));
    CHECK(again->changes.size() == 40 - (asked - 1));
  }
}

TEST_CASE("what cannot be folded is none, however often it is asked for") {
  Cached cached;
  for (int i = 0; i < 41; ++i) cached.close();
  CHECK(cached.folds.since(0) == nullptr);
  CHECK(cached.folds.since(0) == nullptr);
  CHECK(cached.folds.since(1) != nullptr);
}

}  // namespace
}  // namespace starling::fanout

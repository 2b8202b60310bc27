#include "starling/core/fanout/fragments.hpp"

#include <doctest/doctest.h>

#include "starling/core/fanout/test_link.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::fanout {
namespace {

struct Writing {
  log::TestWorld world;
  TestEncoder encoder;
  Fragments fragments;

  view::ViewPtr view(std::optional<std::vector<std::string>> fields = std::nullopt, std::vector<std::string> channels = {"*"}) {
    return std::make_shared<const view::View>(view::Query{std::move(channels), {}, std::move(fields)}, world.channels());
  }
  std::string change(std::uint32_t number, const state::Change& change, const view::ViewPtr& view) {
    std::string text;
    const Column column = fragments.column_of(encoder, view);
    view::for_each_transition(*view, *view, change, [&](const view::Transition& transition) {
      const Fragments::Fragment fragment = fragments.change(number, change.identity().key, transition, column);
      text += fragment.told ? fragment.text : "nothing";
    });
    return text;
  }
};

TEST_CASE("what is told of a change is written once for all whose fields are the same, whatever their filters") {
  Writing writing;
  writing.world.set("a:x", "k", R"({"v":1,"w":1})");
  const state::Change change = writing.world.last_change();
  const auto all = writing.view(), others = writing.view({}, {"a:*"}), some = writing.view({{"w"}}), same = writing.view({{"w"}}, {"a:x"});
  for (int round = 0; round < 3; ++round) {
    CHECK(writing.change(0, change, all) == R"(a:x k={"v":1,"w":1})");
    CHECK(writing.change(0, change, others) == R"(a:x k={"v":1,"w":1})");
    CHECK(writing.change(0, change, some) == R"(a:x k={"w":1})");
    CHECK(writing.change(0, change, same) == R"(a:x k={"w":1})");
    CHECK(writing.fragments.written() == 2);
  }
}

TEST_CASE("another record before, another reason, another change: each is written for itself") {
  Writing writing;
  log::TestWorld& world = writing.world;
  world.set("a:x", "k", R"({"v":1})");
  const state::Change came = world.last_change();
  world.set("a:x", "k", R"({"v":2})");
  state::Change changed = world.last_change();
  const auto all = writing.view();
  CHECK(writing.change(0, changed, all) == R"(a:x k+"v":2)");
  state::Change appeared = changed;
  appeared.before = nullptr;
  CHECK(writing.change(0, appeared, all) == R"(a:x k={"v":2})");
  state::Change gone = came;
  std::swap(gone.before, gone.after);
  CHECK(writing.change(0, gone, all) == "a:x k-deleted");
  const Column column = writing.fragments.column_of(writing.encoder, all);
  const state::Facet* facet = came.after->facets[0].get();
  CHECK(writing.fragments.change(0, "k", {facet->channel, view::Told::remove, view::RemoveReason::moved, facet, nullptr, nullptr, came.after.get()}, column).text == "a:x k-moved");
  CHECK(writing.change(1, changed, all) == R"(a:x k+"v":2)");
  CHECK(writing.fragments.written() == 5);
  writing.fragments.clear();
  CHECK(writing.change(0, changed, all) == R"(a:x k+"v":2)");
  CHECK(writing.fragments.written() == 6);
}

TEST_CASE("of one change so many ways of telling it are remembered; those beyond are written again: one below, at and above") {
  for (const std::uint32_t ways : {Fragments::kSharedMax - 1, Fragments::kSharedMax, Fragments::kSharedMax + 1}) {
    CAPTURE(ways);
    Writing writing;
    writing.world.set("a:x", "k", R"({"v":1})");
    const state::Change change = writing.world.last_change();
    writing.world.say("a:e", std::nullopt, R"({"v":1})");
    const state::EventPtr event = writing.world.close()->events.front();
    for (int round = 0; round < 2; ++round) {
      for (std::uint32_t i = 0; i < ways; ++i) {
        const auto view = writing.view({{"v", std::to_string(i)}});
        CHECK(writing.change(0, change, view) == R"(a:x k={"v":1})");
        CHECK(writing.fragments.event(0, *event, writing.fragments.column_of(writing.encoder, view)) == R"(a:e !1.0 {"v":1})");
      }
    }
    const std::uint32_t again = ways > Fragments::kSharedMax ? ways - Fragments::kSharedMax : 0;
    CHECK(writing.fragments.written() == 2 * (ways + again));
  }
}

TEST_CASE("that nothing is to be told is remembered too") {
  Writing writing;
  writing.world.set("a:x", "k", R"({"v":1,"w":1})");
  writing.world.set("a:x", "k", R"({"v":2,"w":1})");
  const auto some = writing.view({{"w"}});
  for (int round = 0; round < 2; ++round) CHECK(writing.change(0, writing.world.last_change(), some) == "nothing");
  CHECK(writing.fragments.written() == 1);
}

TEST_CASE("texts stay where they are while others are written, small and large") {
  Writing writing;
  const auto all = writing.view();
  const Column column = writing.fragments.column_of(writing.encoder, all);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::string> want;
    std::vector<std::string_view> got;
    for (std::uint32_t i = 0; i < 3'000; ++i) {
      writing.world.say("a:e", std::nullopt, "{\"t\":\"" + std::string(i % 100 == 0 ? 70'000 : i % 7 * 100, 'x') + std::to_string(i) + "\"}");
    }
    const log::BatchPtr batch = writing.world.close();
    for (std::uint32_t i = 0; i < batch->events.size(); ++i) {
      got.push_back(writing.fragments.event(i, *batch->events[i], column));
      want.emplace_back(got.back());
      REQUIRE(writing.fragments.event(i, *batch->events[i], column).data() == got.back().data());
    }
    for (std::size_t i = 0; i < want.size(); ++i) REQUIRE(got[i] == want[i]);
    writing.fragments.clear();
    (void)writing.fragments.column_of(writing.encoder, all);
  }
}

}  // namespace
}  // namespace starling::fanout

#include "starling/core/hub/hub.hpp"

#include <doctest/doctest.h>

#include "starling/core/hub/test_hub.hpp"

namespace starling::hub {
namespace {

using state::Operation;
using state::Refusal;

TEST_CASE("what changes is a batch with the next seq; nothing new is none") {
  TestHub hub;
  CHECK(hub.close() == nullptr);
  hub.ok(report("a:x", "k", R"({"v":1})"));
  const log::BatchPtr first = hub.close();
  REQUIRE(first);
  CHECK(first->seq == 1);
  REQUIRE(first->changes.size() == 1);
  CHECK(first->changes[0].before == nullptr);
  CHECK(first->changes[0].after == hub.find("a:x", "k"));
  CHECK(first->time == hub.now.timestamp);
  CHECK(hub.close() == nullptr);
  hub.ok(report("a:x", "k", R"({"v":1})"));
  CHECK(hub.close() == nullptr);
  hub.ok(report("a:x", "k", R"({"v":2})"));
  CHECK(hub.close()->seq == 2);
}

TEST_CASE("the seq of an answer is the first batch whose state shows it") {
  TestHub hub;
  // Nothing to show, nothing closed: the empty state shows it.
  CHECK(hub.ok(removal("a:x", "k")) == session::Applied{0, false});
  CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{1, true});
  CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{1, false});  // the open batch holds a change already
  CHECK(hub.ok(removal("a:x", "nobody")) == session::Applied{1, false});
  (void)hub.close();
  CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{1, false});  // the last closed one
  CHECK(hub.ok(report("a:x", "k", R"({"v":2})")) == session::Applied{2, true});
  CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{2, true});
  CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{2, false});
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch);  // though its changes cancel out
  CHECK(batch->seq == 2);
  CHECK(batch->changes.size() == 2);
  CHECK(hub.ok(event("a:e", R"({})")) == session::Applied{3, true});
  CHECK(hub.ok(report("a:x", "k", R"({"v":1})")) == session::Applied{3, false});
}

TEST_CASE("a batch is closed at the latest its age after it was opened, whatever comes meanwhile") {
  TestHub hub;
  CHECK(hub.hub.close_due() == std::nullopt);
  hub.ok(report("a:x", "k", R"({"v":1})"));
  const Instant opened = hub.now.instant;
  CHECK(hub.hub.close_due() == opened + std::chrono::milliseconds{5});
  hub.now.instant += std::chrono::milliseconds{3};
  hub.ok(report("a:x", "k", R"({"v":2})"));
  CHECK(hub.hub.close_due() == opened + std::chrono::milliseconds{5});
  (void)hub.close();
  CHECK(hub.hub.close_due() == std::nullopt);
  hub.ok(report("a:x", "k", R"({"v":2})"));  // nothing changed: nothing is open
  CHECK(hub.hub.close_due() == std::nullopt);
  CHECK(hub.refused(report("a:x", "", "{}")) == Refusal::bad_key);
  CHECK(hub.hub.close_due() == std::nullopt);
  hub.ok(event("a:e", "{}"));
  CHECK(hub.hub.close_due() == hub.now.instant + std::chrono::milliseconds{5});
}

TEST_CASE("merge assigns, replace is all there is, remove takes the facet away") {
  TestHub hub;
  hub.ok(report("a:x", "k", R"({"v":1,"w":2})"));
  hub.ok(report("a:x", "k", R"({"w":3,"u":4})"));
  CHECK(hub.text("a:x", "k") == R"({"v":1,"w":3,"u":4})");
  hub.ok(report("a:x", "k", R"({"u":5})", Operation::replace));
  CHECK(hub.text("a:x", "k") == R"({"u":5})");
  CHECK_FALSE(hub.ok(report("a:x", "k", R"({"u":5})", Operation::replace)).changed);
  hub.ok(report("a:y", "k", R"({"z":1})"));
  (void)hub.close();
  CHECK(hub.ok(removal("a:x", "k")).changed);
  CHECK(hub.text("a:x", "k") == "nothing");
  CHECK(hub.text("a:y", "k") == R"({"z":1})");
  CHECK_FALSE(hub.ok(removal("a:x", "k")).changed);
  CHECK(hub.ok(removal("a:y", "k")).changed);
  CHECK(hub.find("a:y", "k") == nullptr);
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch->changes.size() == 2);
  CHECK(batch->changes[0].cause_of(*hub.hub.channels().find("a:x")) == state::Cause::deleted);
  CHECK(batch->changes[1].cause_of(*hub.hub.channels().find("a:y")) == state::Cause::deleted);
  CHECK(batch->changes[1].cause_of(*hub.hub.channels().find("a:x")) == std::nullopt);
  CHECK(batch->changes[1].after == nullptr);
}

TEST_CASE("a replacement by the same fields in another order changes nothing; a record of no fields is a record") {
  TestHub hub;
  hub.ok(report("a:x", "k", R"({"v":1,"w":2})"));
  CHECK_FALSE(hub.ok(report("a:x", "k", R"({"w":2,"v":1})", Operation::replace)).changed);
  CHECK(hub.text("a:x", "k") == R"({"v":1,"w":2})");
  CHECK(hub.ok(report("a:x", "empty", "{}")).changed);
  CHECK(hub.text("a:x", "empty") == "{}");
  CHECK_FALSE(hub.ok(report("a:x", "empty", "{}")).changed);
  CHECK_FALSE(hub.ok(report("a:x", "k", "{}")).changed);
  CHECK(hub.ok(report("a:x", "k", "{}", Operation::replace)).changed);
  CHECK(hub.text("a:x", "k") == "{}");
}

TEST_CASE("one field changing copies one facet") {
  TestHub hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.ok(report("a:y", "k", R"({"v":1})"));
  const state::EntityPtr before = hub.find("a:x", "k");
  hub.ok(report("a:x", "k", R"({"v":2})"));
  const state::EntityPtr after = hub.find("a:x", "k");
  CHECK(before->identity == after->identity);
  CHECK(before->facets[1] == after->facets[1]);
  CHECK(before->facets[0] != after->facets[0]);
  CHECK(before->facets[0]->fields.text() == R"({"v":1})");  // what was stays what it was
}

TEST_CASE("facets stand in the order of their channels, whichever came first") {
  TestHub hub;
  hub.ok(report("a:x", "other", "{}"));
  hub.ok(report("a:y", "other", "{}"));
  hub.ok(report("a:z", "k", "{}"));
  hub.ok(report("a:y", "k", "{}"));
  hub.ok(report("a:x", "k", "{}"));
  const state::EntityPtr entity = hub.find("a:x", "k");
  REQUIRE(entity->facets.size() == 3);
  CHECK(entity->facets[0]->channel->name == "a:x");
  CHECK(entity->facets[1]->channel->name == "a:y");
  CHECK(entity->facets[2]->channel->name == "a:z");
}

TEST_CASE("a facet says its batch and the time of its report, or of its arrival") {
  TestHub hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  CHECK(hub.facet("a:x", "k")->seq == 1);
  CHECK(hub.facet("a:x", "k")->time == hub.now.timestamp);
  (void)hub.close();
  state::Update update = report("a:x", "k", R"({"v":2})");
  update.time = hub.now.timestamp + std::chrono::milliseconds{42};
  hub.ok(update);
  CHECK(hub.facet("a:x", "k")->seq == 2);
  CHECK(hub.facet("a:x", "k")->time == hub.now.timestamp + std::chrono::milliseconds{42});
}

TEST_CASE("events are numbered within their batch, never merged, and carry what was said") {
  TestHub hub;
  hub.ok(event("a:e", R"({"n":1})"));
  hub.ok(event("a:e", R"({"n":1})"));
  state::Update update = event("a:e", R"({"n":2,"\u006e":3})", "k");
  update.location = geo::Point{5, 5};
  update.time = Timestamp{std::chrono::milliseconds{42}};
  hub.ok(update);
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch->events.size() == 3);
  for (std::uint32_t n = 0; n < 3; ++n) {
    CHECK(batch->events[n]->seq == 1);
    CHECK(batch->events[n]->n == n);
  }
  CHECK(batch->events[0]->key == std::nullopt);
  CHECK(batch->events[0]->time == hub.now.timestamp);
  CHECK(batch->events[2]->key == "k");
  CHECK(batch->events[2]->location == geo::Point{5, 5});
  CHECK(batch->events[2]->time == Timestamp{std::chrono::milliseconds{42}});
  CHECK(batch->events[2]->data == R"({"n":3})");  // names are names, the last duplicate counts
  hub.ok(event("a:e", R"({})"));
  CHECK(hub.close()->events[0]->n == 0);
}

TEST_CASE("an event is stamped with its entity after the updates of its batch") {
  TestHub hub;
  hub.ok(event("a:e", R"({"n":1})", "k"));
  hub.ok(event("a:e", R"({"n":2})", "ghost"));
  hub.ok(event("a:e", R"({"n":3})", "goes"));
  hub.ok(event("a:e", R"({"n":4})"));
  hub.ok(report("a:x", "goes", "{}"));
  hub.ok(removal("a:x", "goes"));
  hub.ok(report("a:x", "k", R"({"latitude":5,"longitude":6})"));
  hub.ok(report("b:x", "ghost", R"({"latitude":5,"longitude":6})"));  // of another space
  const log::BatchPtr batch = hub.close();
  REQUIRE(batch->events.size() == 4);
  CHECK(batch->events[0]->entity == hub.find("a:x", "k"));
  CHECK(batch->events[0]->place() == geo::Point{5, 6});
  for (std::size_t n = 1; n < 4; ++n) {
    CHECK(batch->events[n]->entity == nullptr);
    CHECK(batch->events[n]->place() == std::nullopt);
  }
  hub.ok(report("a:x", "k", R"({"latitude":7,"longitude":8})"));
  (void)hub.close();
  CHECK(batch->events[0]->place() == geo::Point{5, 6});  // whatever happens later
}

TEST_CASE("what is refused, and why") {
  TestHub hub;
  CHECK(hub.refused(report("nonsense", "k", "{}")) == Refusal::bad_channel);
  CHECK(hub.refused(report("A:x", "k", "{}")) == Refusal::bad_channel);
  CHECK(hub.refused(report("a:x", "", "{}")) == Refusal::bad_key);
  CHECK(hub.refused(report("a:x", "a\n", "{}")) == Refusal::bad_key);
  CHECK(hub.refused(report("a:x", std::string(257, 'k'), "{}")) == Refusal::bad_key);
  state::Update keyless = report("a:x", "k", "{}");
  keyless.key.reset();
  CHECK(hub.refused(keyless) == Refusal::bad_key);
  keyless.operation = Operation::remove;
  CHECK(hub.refused(keyless) == Refusal::bad_key);
  CHECK(hub.refused(removal("a:e", "k")) == Refusal::bad_operation);
  CHECK(hub.refused(report("a:e", "k", "{}", Operation::replace)) == Refusal::bad_operation);
  CHECK(hub.refused(event("a:e", "{}", "")) == Refusal::bad_key);
  CHECK(hub.hub.channels().all().size() == 2);  // nothing was made
  CHECK(hub.close() == nullptr);
  CHECK(hub.hub.counters().refused == 10);
  CHECK(hub.hub.counters().updates == 0);
}

TEST_CASE("where only declared channels are allowed, others are unknown") {
  HubOptions options;
  options.channels.declared_only = true;
  TestHub hub(options);
  CHECK(hub.refused(report("a:x", "k", "{}")) == Refusal::unknown_channel);
  CHECK(hub.refused(removal("a:x", "k")) == Refusal::unknown_channel);
  hub.ok(report("a:gps", "k", "{}"));
}

TEST_CASE("a batch brings the channels that came into being since the one before, each once and none that was declared") {
  TestHub hub;
  hub.ok(report("a:x", "k", "{}"));
  hub.ok(report("a:gps", "k", "{}"));
  hub.ok(report("a:y", "k", "{}"));
  (void)hub.refused(report("a:z", "", "{}"));
  using Channels = std::vector<const state::Channel*>;
  CHECK(hub.close()->channels == Channels{hub.hub.channels().find("a:x"), hub.hub.channels().find("a:y")});
  hub.ok(report("a:x", "l", "{}"));
  CHECK(hub.close()->channels.empty());
}

TEST_CASE("what is counted") {
  TestHub hub;
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.ok(report("a:x", "k", R"({"v":1})"));
  hub.ok(event("a:e", "{}"));
  (void)hub.refused(report("a:x", "", "{}"));
  CHECK(hub.hub.counters().updates == 3);
  CHECK(hub.hub.counters().changes == 1);
  CHECK(hub.hub.counters().events == 1);
  CHECK(hub.hub.counters().refused == 1);
}

}  // namespace
}  // namespace starling::hub

// What comes back of what was kept: everything after a clean stop, the state after anything else, and a word on what does not.
#include "starling/core/store/taking_up.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

#include "starling/core/log/test_world.hpp"
#include "starling/core/store/batch_rows.hpp"

namespace starling::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::vector<state::ChannelDeclaration> with_alarms() {
  std::vector<state::ChannelDeclaration> all(1);
  all[0].name = "car:alarm";
  all[0].kind = state::ChannelKind::event;
  return all;
}

/// A run of three batches that was kept, and the next one, which takes it up at 10 s.
struct Kept {
  Kept() {
    earlier.set("car:gps", "a", R"({"n":1})", geo::Point{3, 2});
    earlier.set("car:name", "b", R"({"x":1})");
    close();
    earlier.say("car:alarm", "a", R"({"loud":true})");
    earlier.remove("car:name", "b");
    close();
    earlier.set("car:gps", "a", R"({"n":2})");
    close();
  }
  void close() {
    const log::BatchPtr batch = earlier.close();
    log.push_back(log::write_batch(*batch));
    rows.add(batch);
  }
  TakenUp take() {
    TakingUp taking_up{[this](std::string_view name) {
      const auto channel = later.channels().open(name);
      return channel ? *channel : nullptr;
    }};
    const Transaction& kept = rows.transaction();
    for (const FacetRow& row : kept.facets) taking_up.facet(row);
    for (const FacetRow& row : more) taking_up.facet(row);
    for (const PlaceRow& row : kept.places) taking_up.place(row);
    for (const TailRow& row : kept.tails) taking_up.tail(row);
    return taking_up.take(life, log, Timestamp{seconds{10}});
  }

  log::TestWorld earlier{with_alarms()}, later{with_alarms()};
  BatchRows rows{[](const state::Channel&) { return false; }};
  std::vector<std::string> log;
  std::vector<FacetRow> more;  // beside those of the run
  std::optional<Life> life = Life{.epoch = "e1", .seq = 3, .is_clean = true, .saved_at = Timestamp{seconds{4}}};
};

TEST_CASE("after a clean stop everything is taken up, and what the last batch made is what the state has") {
  Kept kept;
  const TakenUp taken = kept.take();
  CHECK(taken.epoch == "e1");
  CHECK(taken.past.seq == 3);
  CHECK(taken.away == seconds{6});
  CHECK(taken.notes.empty());
  REQUIRE(taken.past.entities.size() == 1);
  const state::Entity& car = *taken.past.entities[0];
  CHECK(car.key() == "a");
  REQUIRE(car.facets.size() == 1);
  CHECK(car.facets[0]->fields.text() == R"({"n":2})");
  CHECK(car.facets[0]->seq == 3);
  CHECK(car.facets[0]->time == Timestamp{milliseconds{3}});
  REQUIRE(car.place);
  CHECK(car.place->point == geo::Point{3, 2});
  CHECK(car.place->owner == car.facets[0]->channel);
  REQUIRE(taken.past.batches.size() == 3);
  CHECK(taken.past.batches[0]->seq == 1);
  CHECK(taken.past.batches[2]->changes[0].after == taken.past.entities[0]);
  REQUIRE(taken.past.events.size() == 1);
  CHECK(taken.past.events[0]->seq == 2);
  REQUIRE(taken.past.events[0]->entity);
  CHECK(taken.past.events[0]->entity->facets[0]->fields.text() == R"({"n":1})");  // as it was then
}

TEST_CASE("after anything else the state is taken up, under a new epoch, and the log is not looked at") {
  Kept kept;
  kept.life->is_clean = false;
  kept.log = {"nothing of a batch"};
  const TakenUp taken = kept.take();
  CHECK(taken.epoch.empty());
  CHECK(taken.past.seq == 3);
  CHECK(taken.away == seconds{6});
  CHECK(taken.notes.empty());
  CHECK(taken.past.entities.size() == 1);
  CHECK(taken.past.events.size() == 1);
  CHECK(taken.past.batches.empty());
}

TEST_CASE("where there was nothing, nothing is taken up; where a clock was set back, nobody was away") {
  Kept kept;
  kept.life->saved_at = Timestamp{seconds{11}};
  CHECK(kept.take().away == seconds{0});
  Kept none;
  none.life.reset();
  const TakenUp taken = none.take();
  CHECK(taken.epoch.empty());
  CHECK(taken.past.seq == 0);
  CHECK(taken.away == seconds{0});
}

TEST_CASE("a log that cannot be read, or is of other batches, begins a new epoch, with a word on it") {
  for (const auto& [spoil, why] : {std::pair{+[](Kept& kept) { kept.log.back() = "{"; }, "the text of a batch"}, std::pair{+[](Kept& kept) { kept.log.pop_back(); }, "batch 2 is not where it should be"},
                                   std::pair{+[](Kept& kept) { kept.life->seq = 4; }, "batch 3 is not where it should be"}}) {
    CAPTURE(std::string{why});
    Kept kept;
    spoil(kept);
    const TakenUp taken = kept.take();
    CHECK(taken.epoch.empty());
    CHECK(taken.past.batches.empty());
    CHECK(taken.past.entities.size() == 1);
    REQUIRE(taken.notes.size() == 1);
    CHECK(taken.notes[0].starts_with("the log in the store cannot be read, so viewers begin anew: "));
    CHECK(taken.notes[0].find(why) != std::string::npos);
  }
}

TEST_CASE("rows that this configuration has no place for are left out and counted, and a new epoch begins") {
  Kept kept;
  kept.more = {{.channel = "car:alarm", .key = "a", .record = "{}"}, {.channel = "car:gps", .key = "", .record = "{}"}, {.channel = "car:gps", .key = "c", .record = "[]"},
               {.channel = "car:presence", .key = "a", .record = R"({"online":true,"heard":"x"})"}};
  const TakenUp taken = kept.take();
  CHECK(taken.epoch.empty());
  CHECK(taken.past.entities.size() == 1);
  REQUIRE(taken.notes.size() == 3);
  CHECK(taken.notes[0].starts_with("1 rows of car:alarm in the store are left out: "));
  CHECK(taken.notes[1].starts_with("2 rows of car:gps "));
  CHECK(taken.notes[2].starts_with("1 rows of car:presence "));
}

}  // namespace
}  // namespace starling::store

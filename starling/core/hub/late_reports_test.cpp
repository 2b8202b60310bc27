// Reports that come in another order than they were made in, as the hub applies them.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "starling/core/base/random.hpp"
#include "starling/core/hub/test_hub.hpp"

namespace starling::hub {
namespace {

using state::Operation;

/// A hub at 1,000 s, told things of other seconds.
struct LateHub : TestHub {
  using TestHub::TestHub;
  static Timestamp at(int seconds) { return Timestamp{std::chrono::seconds{seconds}}; }
  static state::Update timed(state::Update update, int seconds, state::Location location = {}) {
    update.time = at(seconds);
    update.location = location;
    return update;
  }
  [[nodiscard]] std::string place() const {
    const state::EntityPtr entity = find("a:x", "k");
    if (!entity || !entity->place) return "nowhere";
    return std::to_string(static_cast<int>(entity->place->point.latitude_deg)) + ',' +
           std::to_string(static_cast<int>(entity->place->point.longitude_deg)) + ' ' + entity->place->owner->name;
  }
};

struct Said {
  int seconds;
  const char* data;
  Operation operation = Operation::merge;
};

TEST_CASE("the newest report wins, and an older one fills absent fields only") {
  struct Case {
    const char* name;
    std::vector<Said> said;
    const char* want;
    int want_time;
  };
  constexpr auto kReplace = Operation::replace, kRemove = Operation::remove;
  for (const Case& c : {
           Case{"in order", {{10, R"({"a":1})"}, {20, R"({"a":2})"}}, R"({"a":2})", 20},
           Case{"the other way round", {{20, R"({"a":2})"}, {10, R"({"a":1})"}}, R"({"a":2})", 20},
           Case{"what is absent is filled", {{20, R"({"a":2})"}, {10, R"({"b":1})"}}, R"({"a":2,"b":1})", 20},
           Case{"some absent, some not", {{20, R"({"a":2})"}, {10, R"({"b":1,"a":1})"}}, R"({"a":2,"b":1})", 20},
           Case{"a facet has one time: b stays that of 10", {{10, R"({"a":1,"b":1})"}, {20, R"({"a":2})"}, {15, R"({"b":2})"}}, R"({"a":2,"b":1})", 20},
           Case{"what a late one filled is not replaced by another late one", {{20, R"({"a":2})"}, {10, R"({"b":1})"}, {15, R"({"b":2})"}}, R"({"a":2,"b":1})", 20},
           Case{"what a late one filled is replaced by a newer one", {{20, R"({"a":2})"}, {10, R"({"b":1})"}, {21, R"({"b":3})"}}, R"({"a":2,"b":3})", 21},
           Case{"null is a value, and is not filled", {{20, R"({"a":null})"}, {10, R"({"a":1})"}}, R"({"a":null})", 20},
           Case{"null fills", {{20, R"({"a":1})"}, {10, R"({"b":null})"}}, R"({"a":1,"b":null})", 20},
           Case{"equal times: the later arrival wins", {{20, R"({"a":1})"}, {20, R"({"a":2})"}}, R"({"a":2})", 20},
           Case{"a repeat moves the time", {{10, R"({"a":1})"}, {20, R"({"a":1})"}, {15, R"({"a":2})"}}, R"({"a":1})", 20},
           Case{"a late repeat does not", {{20, R"({"a":1})"}, {10, R"({"a":1})"}, {15, R"({"a":2})"}}, R"({"a":1})", 20},
           Case{"a late one does not move it back", {{20, R"({"a":1})"}, {10, R"({"b":1})"}, {19, R"({"a":2})"}}, R"({"a":1,"b":1})", 20},
           Case{"a report of no fields moves it too", {{10, R"({"a":1})"}, {20, "{}"}, {15, R"({"a":2})"}}, R"({"a":1})", 20},
           Case{"an older replacement does nothing", {{20, R"({"a":1})"}, {10, R"({"b":1})", kReplace}}, R"({"a":1})", 20},
           Case{"an older replacement of nothing does nothing", {{20, R"({"a":1})"}, {10, "{}", kReplace}}, R"({"a":1})", 20},
           Case{"a replacement as old replaces", {{20, R"({"a":1})"}, {20, R"({"b":1})", kReplace}}, R"({"b":1})", 20},
           Case{"a report older than a replacement fills", {{20, R"({"a":1})", kReplace}, {10, R"({"b":1})"}}, R"({"a":1,"b":1})", 20},
           Case{"an older removal does nothing", {{20, R"({"a":1})"}, {10, "", kRemove}}, R"({"a":1})", 20},
           Case{"a removal as old removes", {{20, R"({"a":1})"}, {20, "", kRemove}}, "nothing", 0},
           Case{"a report older than a removal does not make it again", {{10, R"({"a":1})"}, {20, "", kRemove}, {15, R"({"a":2})"}}, "nothing", 0},
           Case{"nor does such a replacement", {{10, R"({"a":1})"}, {20, "", kRemove}, {15, R"({"a":2})", kReplace}}, "nothing", 0},
           Case{"a report as old as a removal makes it again", {{10, R"({"a":1})"}, {20, "", kRemove}, {20, R"({"b":2})"}}, R"({"b":2})", 20},
           Case{"a removal before anything is there counts", {{20, "", kRemove}, {15, R"({"a":2})"}}, "nothing", 0},
           Case{"of two removals the newest counts", {{20, "", kRemove}, {10, "", kRemove}, {15, R"({"a":2})"}}, "nothing", 0},
           Case{"a removal said again moves the time", {{10, R"({"a":1})"}, {20, "", kRemove}, {30, "", kRemove}, {25, R"({"a":2})"}}, "nothing", 0},
           Case{"made again, its time is the new one", {{10, R"({"a":1})"}, {20, "", kRemove}, {30, R"({"b":1})"}, {25, R"({"c":1})"}}, R"({"b":1,"c":1})", 30},
       }) {
    CAPTURE(c.name);
    LateHub hub;
    hub.ok(report("a:x", "other", "{}"));  // a removal in a channel that nobody used says nothing
    for (const Said& said : c.said) hub.ok(LateHub::timed(report("a:x", "k", said.data, said.operation), said.seconds));
    CHECK(hub.text("a:x", "k") == c.want);
    // The facet's own time is that of the report that last changed it; its newest may be a repeat.
    if (const state::Facet* facet = hub.facet("a:x", "k")) CHECK(facet->time <= LateHub::at(c.want_time));
    if (c.want_time != 0) {
      CHECK_FALSE(hub.ok(LateHub::timed(report("a:x", "k", R"({"a":"late"})", Operation::replace), c.want_time - 1)).changed);
      CHECK(hub.ok(LateHub::timed(report("a:x", "k", R"({"a":"as new"})", Operation::replace), c.want_time)).changed);
    }
  }
}

TEST_CASE("a late report that fills nothing is answered like one that says what is known, and makes no batch") {
  LateHub hub;
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 20));
  (void)hub.close();
  for (const state::Update& late : {report("a:x", "k", R"({"a":2})"), report("a:x", "k", R"({"b":2})", Operation::replace), removal("a:x", "k")}) {
    CHECK(hub.ok(LateHub::timed(late, 10)) == session::Applied{1, false});
    CHECK(hub.close() == nullptr);
  }
  CHECK(hub.hub.counters().late == 3);
  CHECK(hub.ok(LateHub::timed(report("a:x", "k", R"({"b":2})"), 10)) == session::Applied{2, true});
  CHECK(hub.hub.counters().late == 4);
}

TEST_CASE("a repeat moves the facet's time and makes no batch") {
  LateHub hub;
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 10));
  (void)hub.close();
  const state::EntityPtr before = hub.find("a:x", "k");
  CHECK_FALSE(hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 20)).changed);
  CHECK(hub.close() == nullptr);
  CHECK(hub.find("a:x", "k") == before);
}

TEST_CASE("no time means now") {
  LateHub hub;
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 999));
  CHECK(hub.ok(report("a:x", "k", R"({"a":2})")).changed);
  CHECK_FALSE(hub.ok(LateHub::timed(report("a:x", "k", R"({"a":3})"), 999)).changed);
  CHECK(hub.ok(LateHub::timed(report("a:x", "k", R"({"a":3})"), 1'000)).changed);
  CHECK_FALSE(hub.ok(LateHub::timed(removal("a:x", "k"), 999)).changed);
  CHECK(hub.ok(removal("a:x", "k")).changed);
}

TEST_CASE("a time over 60 s ahead is taken as 60 s ahead, and counted: one below, at and one above") {
  for (const auto& [ahead_ms, is_clamped] : {std::pair{59'999, false}, std::pair{60'000, false}, std::pair{60'001, true}, std::pair{9'000'000, true}}) {
    CAPTURE(ahead_ms);
    LateHub hub;
    state::Update ahead = report("a:x", "k", R"({"a":1})");
    ahead.time = hub.now.timestamp + std::chrono::milliseconds{ahead_ms};
    hub.ok(ahead);
    CHECK(hub.hub.counters().clamped == (is_clamped ? 1U : 0U));
    CHECK(hub.facet("a:x", "k")->time == hub.now.timestamp + std::chrono::milliseconds{std::min(ahead_ms, 60'000)});
    // It silences the others no longer than that.
    hub.now.timestamp += std::chrono::milliseconds{59'998};
    CHECK_FALSE(hub.ok(report("a:x", "k", R"({"a":2})")).changed);
    hub.now.timestamp += std::chrono::milliseconds{2};
    CHECK(hub.ok(report("a:x", "k", R"({"a":2})")).changed);
  }
  LateHub hub;
  state::Update said = event("a:e", "{}");
  said.time = hub.now.timestamp + std::chrono::hours{1};
  hub.ok(said);
  CHECK(hub.hub.counters().clamped == 1);
  CHECK(hub.close()->events[0]->time == hub.now.timestamp + std::chrono::seconds{60});
}

TEST_CASE("a refused report moves no time") {
  HubOptions options;
  options.record_bytes_max = 30;
  LateHub hub(options);
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 10));
  (void)hub.refused(LateHub::timed(report("a:x", "k", R"({"b":"a text that is too long for the record"})"), 20));
  CHECK(hub.ok(LateHub::timed(report("a:x", "k", R"({"a":2})"), 15)).changed);
}

TEST_CASE("what a late report fills is limited like everything else") {
  HubOptions options;
  options.fields_per_record_max = 2;
  LateHub hub(options);
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 20));
  CHECK(hub.refused(LateHub::timed(report("a:x", "k", R"({"a":9,"b":1,"c":1})"), 10)) == state::Refusal::limit_fields);
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":9,"b":1})"), 10));
  CHECK(hub.refused(LateHub::timed(report("a:x", "k", R"({"c":1})"), 10)) == state::Refusal::limit_fields);
  CHECK(hub.text("a:x", "k") == R"({"a":1,"b":1})");
}

TEST_CASE("when our own clock is set back, what was told before does not silence what is told now") {
  LateHub hub;
  hub.ok(report("a:x", "k", R"({"latitude":1,"longitude":1})"));
  hub.now.timestamp -= std::chrono::milliseconds{60'000};
  CHECK_FALSE(hub.ok(report("a:x", "k", R"({"latitude":2})")).changed);  // within a minute it cannot be told from a late report
  hub.now.timestamp -= std::chrono::milliseconds{1};
  CHECK(hub.ok(report("a:x", "k", R"({"latitude":2})")).changed);
  CHECK(hub.place() == "2,1 a:x");
}

TEST_CASE("facets have times of their own") {
  LateHub hub;
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 20));
  CHECK(hub.ok(LateHub::timed(report("a:y", "k", R"({"a":1})"), 10)).changed);
  CHECK(hub.ok(LateHub::timed(report("a:y", "k", R"({"a":2})"), 15)).changed);
  CHECK(hub.ok(LateHub::timed(report("a:x", "other", R"({"a":2})"), 15)).changed);
}

TEST_CASE("the place is that of the newest report that said one, and a late report fills it in only") {
  const geo::Point one{1, 1}, two{2, 2};
  struct Step {
    int seconds;
    const char* channel;
    const char* data;
    state::Location location = {};
    Operation operation = Operation::merge;
  };
  struct Case {
    const char* name;
    std::vector<Step> steps;
    const char* want;
  };
  for (const Case& c : {
           Case{"a late location does not stand up to a newer one", {{10, "a:x", R"({"a":1})", one}, {5, "a:x", R"({"b":1})", two}}, "1,1 a:x"},
           Case{"a late location fills a place nobody said", {{10, "a:x", R"({"a":1})"}, {5, "a:x", R"({"b":1})", two}}, "2,2 a:x"},
           Case{"it fills in only: the report is late, though its place would be newer", {{10, "a:x", R"({"a":1})", one}, {20, "a:x", R"({"a":2})"}, {15, "a:x", "{}", two}}, "1,1 a:x"},
           Case{"a late report does not clear it", {{10, "a:x", R"({"a":1})", one}, {5, "a:x", R"({"b":1})", state::NoLocation{}}}, "1,1 a:x"},
           Case{"a place cleared later is not filled", {{20, "a:x", R"({"a":1})", state::NoLocation{}}, {15, "a:x", R"({"b":1})", two}}, "nowhere"},
           Case{"another channel's older report does not stand up to it", {{20, "a:x", "{}", one}, {15, "a:y", "{}", two}}, "1,1 a:x"},
           Case{"another channel's as old does", {{20, "a:x", "{}", one}, {20, "a:y", "{}", two}}, "2,2 a:y"},
           Case{"another channel's older report does not fill what was cleared", {{20, "a:x", "{}", state::NoLocation{}}, {15, "a:y", "{}", two}}, "nowhere"},
           Case{"said again it is newer", {{10, "a:x", "{}", one}, {20, "a:x", "{}", one}, {15, "a:y", "{}", two}}, "1,1 a:x"},
           Case{"said again by its fields it is newer",
                {{10, "a:x", R"({"latitude":1,"longitude":1})"}, {20, "a:x", R"({"latitude":1,"longitude":1})"}, {15, "a:y", "{}", two}},
                "1,1 a:x"},
           Case{"a report of something else does not say it again",
                {{10, "a:x", R"({"latitude":1,"longitude":1})"}, {20, "a:x", R"({"a":1})"}, {15, "a:y", "{}", two}},
                "2,2 a:y"},
           Case{"locating fields filled late locate it", {{20, "a:x", R"({"a":1})"}, {15, "a:x", R"({"latitude":2,"longitude":2})"}}, "2,2 a:x"},
           Case{"one of them filled late locates it by both", {{20, "a:x", R"({"latitude":1})"}, {15, "a:x", R"({"latitude":2,"longitude":2})"}}, "1,2 a:x"},
           Case{"filled late they do not move it", {{20, "a:x", R"({"a":1})", one}, {15, "a:x", R"({"latitude":2,"longitude":2})"}}, "1,1 a:x"},
           Case{"what was filled late has the time of the late report",
                {{20, "a:x", R"({"a":1})"}, {10, "a:x", R"({"latitude":2,"longitude":2})"}, {15, "a:y", "{}", one}},
                "1,1 a:y"},
           Case{"it goes with its facet, and its time with it: another channel's report is taken, if older too",
                {{5, "a:x", "{}"}, {20, "a:y", "{}", one}, {21, "a:y", "", {}, Operation::remove}, {15, "a:x", "{}", two}},
                "2,2 a:x"},
           Case{"and nowhere if the facet that went was all there was", {{20, "a:x", "{}", one}, {21, "a:x", "", {}, Operation::remove}, {15, "a:x", "{}", two}}, "nowhere"},
       }) {
    CAPTURE(c.name);
    LateHub hub;
    for (const Step& step : c.steps) {
      hub.ok(LateHub::timed(report(step.channel, "k", step.data, step.operation), step.seconds, step.location));
    }
    CHECK(hub.place() == c.want);
  }
}

TEST_CASE("what a late report says is kept for history, whatever it changes") {
  struct Case {
    const char* name;
    state::Update said;
    const char* want;  ///< its data and where it was, or "nothing"
  };
  const geo::Point two{2, 2};
  const state::Update moved = LateHub::timed(report("a:x", "k", R"({"latitude":3,"longitude":4})"), 15);
  state::Update retained = moved;
  retained.retained = true;
  for (const Case& c : {Case{"one that fills nothing", LateHub::timed(report("a:x", "k", R"({"n":0})"), 15), R"({"n":0} nowhere)"},
                        Case{"one that fills in", LateHub::timed(report("a:x", "k", R"({"n":0,"b":1})"), 15), R"({"n":0,"b":1} nowhere)"},
                        Case{"where it says that it was, by its fields", moved, R"({"latitude":3,"longitude":4} 3,4)"},
                        Case{"by one of them nothing is known", LateHub::timed(report("a:x", "k", R"({"latitude":3})"), 15), R"({"latitude":3} nowhere)"},
                        Case{"by a location", LateHub::timed(report("a:x", "k", R"({"n":0})"), 15, two), R"({"n":0} 2,2)"},
                        Case{"nowhere, if it says so", LateHub::timed(report("a:x", "k", R"({"latitude":3,"longitude":4})"), 15, state::NoLocation{}), R"({"latitude":3,"longitude":4} nowhere)"},
                        Case{"a place that cannot be is none", LateHub::timed(report("a:x", "k", R"({"latitude":93,"longitude":4})"), 15), R"({"latitude":93,"longitude":4} nowhere)"},
                        Case{"a replacement", LateHub::timed(report("a:x", "k", R"({"b":1,"b":2})", Operation::replace), 15), R"({"b":2} nowhere)"},
                        Case{"one older than a removal", LateHub::timed(report("a:x", "gone", R"({"n":0})"), 15), R"({"n":0} nowhere)"},
                        Case{"one without a time, older than one that is ahead", report("a:x", "ahead", R"({"n":0})"), R"({"n":0} nowhere)"},
                        Case{"not a removal", LateHub::timed(removal("a:x", "k"), 15), "nothing"},
                        Case{"not what a broker had retained", retained, "nothing"},
                        Case{"not a report that is as new", LateHub::timed(report("a:x", "k", R"({"n":0})"), 20), "nothing"},
                        Case{"not one of another facet", LateHub::timed(report("a:y", "k", R"({"n":0})"), 15), "nothing"},
                        Case{"not an event", LateHub::timed(event("a:e", R"({"n":0})", "k"), 15), "nothing"}}) {
    CAPTURE(c.name);
    for (const bool keeps_late : {true, false}) {
      CAPTURE(keeps_late);
      HubOptions options;
      options.keeps_late = keeps_late;
      LateHub hub(options);
      hub.ok(LateHub::timed(report("a:x", "k", R"({"latitude":1,"longitude":1,"n":1})"), 20));
      hub.ok(LateHub::timed(removal("a:x", "gone"), 20));
      hub.ok(LateHub::timed(report("a:x", "ahead", "{}"), 1'010));
      (void)hub.close();
      REQUIRE(hub.hub.take_late(hub.now) == nullptr);

      hub.ok(c.said);
      (void)hub.close();
      const auto late = hub.hub.take_late(hub.now);
      CHECK(hub.hub.take_late(hub.now) == nullptr);
      if (!keeps_late || std::string_view{c.want} == "nothing") {
        CHECK(late == nullptr);
        continue;
      }
      REQUIRE(late);
      CHECK(late->seq == hub.hub.seq());
      CHECK(late->at == hub.now.timestamp);
      REQUIRE(late->reports.size() == 1);
      const log::LateReport& kept = late->reports[0];
      const auto whole = [](double degrees) { return std::to_string(static_cast<int>(degrees)); };
      CHECK(kept.data + ' ' + (kept.point ? whole(kept.point->latitude_deg) + ',' + whole(kept.point->longitude_deg) : "nowhere") == c.want);
      CHECK(kept.time == c.said.time.value_or(hub.now.timestamp));
      CHECK(kept.identity->key == *c.said.key);
      CHECK(kept.channel->name == "a:x");
      CHECK(late->bytes >= kept.data.size());
    }
  }
}

TEST_CASE("a late report that is refused is not kept, and several are told in the order in which they came") {
  HubOptions options;
  options.keeps_late = true;
  options.fields_per_record_max = 2;
  LateHub hub(options);
  hub.ok(LateHub::timed(report("a:x", "k", R"({"a":1})"), 20));
  (void)hub.close();
  (void)hub.refused(LateHub::timed(report("a:x", "k", R"({"b":1,"c":1})"), 10));
  for (const int seconds : {12, 11, 13}) hub.ok(LateHub::timed(report("a:x", "k", R"({"a":0})"), seconds));
  CHECK(hub.close() == nullptr);
  const auto late = hub.hub.take_late(hub.now);
  REQUIRE(late);
  REQUIRE(late->reports.size() == 3);
  CHECK(late->seq == 1);
  CHECK(late->reports[0].time == LateHub::at(12));
  CHECK(late->reports[1].time == LateHub::at(11));
  CHECK(late->reports[2].time == LateHub::at(13));
}

TEST_CASE("however reports without replacement are shuffled, a field is never older than what a facet's newest report said") {
  const std::uint64_t seed = 20261121;
  CAPTURE(seed);
  Random random{seed};
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    LateHub hub;
    // What the rule says, by hand: one time, and late ones fill.
    int time = -1;
    std::map<std::string, int> fields;
    for (int i = 0; i < 20; ++i) {
      const int at = static_cast<int>(random.below(10));
      const std::string name(1, static_cast<char>('a' + random.below(4)));
      hub.ok(LateHub::timed(report("a:x", "k", "{\"" + name + "\":" + std::to_string(i) + '}'), at));
      if (at >= time) {
        fields[name] = i;
        time = at;
      } else {
        fields.emplace(name, i);
      }
    }
    const state::Facet* facet = hub.facet("a:x", "k");
    REQUIRE(facet->fields.size() == fields.size());
    for (const auto& [name, value] : fields) REQUIRE(facet->fields.find(name) == std::to_string(value));
  }
}

}  // namespace
}  // namespace starling::hub

#include "starling/server/input.hpp"

#include <doctest/doctest.h>

#include <thread>

namespace starling {
namespace {

using state::Operation;
using state::Update;

Update update(std::string channel, std::optional<std::string> key, std::string data,
              Operation operation = Operation::merge) {
  Update made;
  made.channel = std::move(channel);
  made.key = std::move(key);
  made.data = std::move(data);
  made.operation = operation;
  return made;
}

std::vector<Update> one(Update only) {
  std::vector<Update> updates;
  updates.push_back(std::move(only));
  return updates;
}

TEST_CASE("what is offered is taken in order, and the loop is woken once for it") {
  int wakes = 0;
  Input input{{}, [&] { ++wakes; }};
  input.offer({});
  CHECK(wakes == 0);
  input.offer(one(update("a:b", "1", "{}")));
  input.offer(one(update("a:b", "1", "{}")));
  CHECK(wakes == 1);
  CHECK(input.take().size() == 2);
  CHECK(input.take().empty());
  input.offer(one(update("a:b", "1", "{}")));
  CHECK(wakes == 2);
}

TEST_CASE("a queue at its bound merges state by key, and drops and counts the rest") {
  Input input{{.updates_max = 2, .event_channels = {"a:event"}}, [] {}};
  input.offer(one(update("a:b", "1", R"({"x":1,"y":1})")));
  input.offer(one(update("a:event", "1", R"({"say":1})")));
  CHECK(input.counters().conflated == 0);  // at the bound, not over it
  input.offer(one(update("a:b", "1", R"({"x":2})")));
  input.offer(one(update("a:b", "1", R"({"z":3})")));
  input.offer(one(update("a:event", "1", R"({"say":2})")));
  input.offer(one(update("a:event", std::nullopt, R"({"say":3})")));
  input.offer(one(update("a:b", "2", "{}")));
  const InputCounters counters = input.counters();
  CHECK(counters.offered == 7);
  CHECK(counters.conflated == 2);
  CHECK(counters.dropped == 3);
  const std::vector<Update> taken = input.take();
  REQUIRE(taken.size() == 2);
  CHECK(taken[0].data == R"({"x":2,"y":1,"z":3})");
  CHECK(taken[1].data == R"({"say":1})");
  input.offer(one(update("a:b", "2", "{}")));
  CHECK(input.take().size() == 1);  // there is room again
}

TEST_CASE("a queue at its bound drops what is older than what waits, and merges what is as old or newer") {
  const auto timed = [](std::optional<int> seconds, std::string data) {
    Update made = update("a:b", "1", std::move(data));
    if (seconds) made.time = Timestamp{std::chrono::seconds{*seconds}};
    return made;
  };
  struct Case {
    std::optional<int> waiting, offered;
    bool is_merged;
  };
  for (const Case& c : {Case{20, 19, false}, Case{20, 20, true}, Case{20, 21, true}, Case{{}, 20, false}, Case{20, {}, true},
                        Case{{}, {}, true}}) {
    CAPTURE(c.waiting.value_or(-1));
    CAPTURE(c.offered.value_or(-1));
    Input input{{.updates_max = 1}, [] {}};
    input.offer(one(timed(c.waiting, R"({"x":1})")));
    input.offer(one(timed(c.offered, R"({"x":2})")));
    CHECK(input.counters().conflated == (c.is_merged ? 1U : 0U));
    CHECK(input.counters().dropped == (c.is_merged ? 0U : 1U));
    CHECK(input.take()[0].data == (c.is_merged ? R"({"x":2})" : R"({"x":1})"));
  }
}

TEST_CASE("the bound of bytes counts as well") {
  Input input{{.bytes_max = 4096}, [] {}};
  for (int i = 0; i < 100; ++i)
    input.offer(one(update("a:b", std::to_string(i), "{\"x\":\"" + std::string(100, 'x') + "\"}")));
  CHECK(input.counters().dropped > 0);
  CHECK(input.take().size() + input.counters().dropped == 100);
}

TEST_CASE("two updates of a record as one say what both said") {
  struct Case {
    Operation earlier;
    std::string_view earlier_data;
    Operation later;
    std::string_view later_data;
    Operation want;
    std::string_view want_data;
  };
  for (const Case& c :
       {Case{Operation::merge, R"({"a":1})", Operation::merge, R"({"b":2})", Operation::merge, R"({"a":1,"b":2})"},
        Case{Operation::merge, R"({"a":1})", Operation::merge, R"({"a":1})", Operation::merge, R"({"a":1})"},
        Case{Operation::replace, R"({"a":1})", Operation::merge, R"({"b":2})", Operation::replace,
             R"({"a":1,"b":2})"},
        Case{Operation::remove, "", Operation::merge, R"({"b":2})", Operation::replace, R"({"b":2})"},
        Case{Operation::merge, R"({"a":1})", Operation::replace, R"({"b":2})", Operation::replace, R"({"b":2})"},
        Case{Operation::merge, R"({"a":1})", Operation::remove, "", Operation::remove, ""},
        Case{Operation::remove, "", Operation::remove, "", Operation::remove, ""}}) {
    const Update both = merged(update("a:b", "1", std::string{c.earlier_data}, c.earlier),
                               update("a:b", "1", std::string{c.later_data}, c.later));
    CHECK(both.operation == c.want);
    CHECK(both.data == c.want_data);
  }
}

TEST_CASE(
    "a place stands until a later update gives another, and a retained report is a sign of life only with a fresh "
    "one") {
  Update earlier = update("a:b", "1", "{}");
  earlier.location = *geo::Point::from(1, 2);
  Update later = update("a:b", "1", "{}");
  later.retained = true;
  CHECK(std::holds_alternative<geo::Point>(merged(earlier, later).location));
  CHECK(!merged(earlier, later).retained);
  later.location = state::NoLocation{};
  CHECK(std::holds_alternative<state::NoLocation>(merged(earlier, later).location));
  earlier.retained = true;
  CHECK(merged(earlier, later).retained);
}

TEST_CASE("sources may offer from several threads") {
  Input input{{}, [] {}};
  const auto offer = [&input] {
    for (int i = 0; i < 500; ++i) input.offer(one(update("a:b", std::to_string(i), "{}")));
  };
  std::thread first{offer}, second{offer};
  std::size_t taken = 0;
  while (taken < 1000) taken += input.take().size();
  first.join();
  second.join();
  CHECK(taken == 1000);
  CHECK(input.counters().offered == 1000);
}

}  // namespace
}  // namespace starling

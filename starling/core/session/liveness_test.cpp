#include "starling/core/session/liveness.hpp"

#include <doctest/doctest.h>

namespace starling::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using Verdict = Liveness::Verdict;

const SessionOptions kOptions;

Instant at(Duration since_start) { return Instant{since_start}; }

TEST_CASE("a heartbeat is due every so often, whatever is heard") {
  Liveness liveness{kOptions, at({})};
  CHECK(liveness.check(kOptions, at(milliseconds{29'999}), std::nullopt) == Verdict::alive);
  CHECK(liveness.check(kOptions, at(seconds{30}), std::nullopt) == Verdict::heartbeat_due);
  CHECK(liveness.check(kOptions, at(seconds{31}), std::nullopt) == Verdict::alive);
  liveness.heard(at(seconds{59}));
  CHECK(liveness.check(kOptions, at(seconds{60}), std::nullopt) == Verdict::heartbeat_due);
}

TEST_CASE("a viewer of whom nothing was heard for the timeout is dead") {
  Liveness liveness{kOptions, at({})};
  liveness.heard(at(seconds{10}));
  CHECK(liveness.check(kOptions, at(milliseconds{69'999}), std::nullopt) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{70}), std::nullopt) == Verdict::dead);
}

TEST_CASE("a stalled viewer is kept for the stall time, counted from when it was first seen stalled") {
  Liveness liveness{kOptions, at({})};
  CHECK(liveness.check(kOptions, at(seconds{50}), 0) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(minutes{5}), 0) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{649}), 0) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{650}), 0) == Verdict::dead);
}

TEST_CASE("whose socket drains now and then is alive, however often its line is found busy") {
  Liveness liveness{kOptions, at({})};
  for (Duration now{0}; now < minutes{60}; now += seconds{1}) {
    if (now % minutes{5} == Duration{0}) liveness.drained();
    REQUIRE(liveness.check(kOptions, at(now), 0) != Verdict::dead);
  }
}

TEST_CASE("who reads a byte now and then is alive, though its socket never drains") {
  Liveness liveness{kOptions, at({})};
  for (Duration now{0}; now < minutes{60}; now += seconds{1}) REQUIRE(liveness.check(kOptions, at(now), static_cast<std::uint64_t>(now / minutes{9})) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(minutes{63} + seconds{599}), 7) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(minutes{63} + seconds{599} + minutes{10}), 7) == Verdict::dead);
}

TEST_CASE("who talks and never reads is closed after the stall time all the same") {
  Liveness liveness{kOptions, at({})};
  for (Duration now{0}; now < minutes{10}; now += seconds{1}) {
    liveness.heard(at(now));
    REQUIRE(liveness.check(kOptions, at(now), 0) != Verdict::dead);
  }
  CHECK(liveness.check(kOptions, at(minutes{10}), 0) == Verdict::dead);
}

TEST_CASE("the time in which nobody looked is no silence") {
  CHECK(Liveness::missed_time(at(seconds{10}), seconds{1}, at(seconds{15})) == Duration{0});  // a busy moment
  CHECK(Liveness::missed_time(at(seconds{10}), seconds{1}, at(milliseconds{15'001})) == milliseconds{4001});
  CHECK(Liveness::missed_time(at(seconds{10}), seconds{1}, at(minutes{61})) == minutes{61} - seconds{11});

  Liveness slept{kOptions, at({})};
  CHECK(slept.check(kOptions, at(seconds{20}), std::nullopt) != Verdict::dead);
  slept.missed(minutes{60}, at(minutes{60} + seconds{20}));  // twenty seconds of silence before it
  CHECK(slept.check(kOptions, at(minutes{60} + milliseconds{59'999}), std::nullopt) != Verdict::dead);
  CHECK(slept.check(kOptions, at(minutes{60} + seconds{60}), std::nullopt) == Verdict::dead);

  Liveness stalled{kOptions, at({})};
  CHECK(stalled.check(kOptions, at(seconds{20}), 0) != Verdict::dead);
  stalled.missed(minutes{60}, at(minutes{61}));
  CHECK(stalled.check(kOptions, at(minutes{70} + milliseconds{19'999}), 0) != Verdict::dead);
  CHECK(stalled.check(kOptions, at(minutes{70} + seconds{20}), 0) == Verdict::dead);

  Liveness fresh{kOptions, at(minutes{60})};  // it came after the time that was missed
  fresh.missed(minutes{60}, at(minutes{60}));
  CHECK(fresh.check(kOptions, at(minutes{61}), std::nullopt) == Verdict::dead);
}

TEST_CASE("a viewer that reads again has the whole timeout to be heard, and another stall is another") {
  Liveness liveness{kOptions, at({})};
  CHECK(liveness.check(kOptions, at(seconds{1}), 0) == Verdict::alive);
  CHECK(liveness.check(kOptions, at(minutes{5}), 0) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{301}), std::nullopt) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{359}), std::nullopt) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{359}), 0) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{958}), 0) != Verdict::dead);
  CHECK(liveness.check(kOptions, at(seconds{959}), 0) == Verdict::dead);

  Liveness silent{kOptions, at({})};
  CHECK(silent.check(kOptions, at(seconds{1}), 0) == Verdict::alive);
  CHECK(silent.check(kOptions, at(milliseconds{60'999}), std::nullopt) != Verdict::dead);
  CHECK(silent.check(kOptions, at(seconds{61}), std::nullopt) == Verdict::dead);
}

}  // namespace
}  // namespace starling::session

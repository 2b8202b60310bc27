#include "starling/sources/recording/player.hpp"

#include <doctest/doctest.h>

#include <initializer_list>

namespace starling::sources::recording {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr Instant kStart{milliseconds{5'000'000}};

Recording recording_of(std::initializer_list<int> times) {
  std::string text;
  for (const int at : times) {
    const std::string number = std::to_string(at);
    text += R"({"at_ms":)" + number + R"(,"channel":"a:b","key":")" + number + R"(","data":{}})" + "\n";
  }
  return Recording::parse(text).value();
}

std::string keys(const std::vector<state::Update>& updates) {
  std::string text;
  for (const state::Update& update : updates) text += (text.empty() ? "" : " ") + update.key.value();
  return text;
}

TEST_CASE("reports are due at their time, counted from the first call") {
  Player player{recording_of({0, 100, 100, 250}), {.loop = false}};
  CHECK_FALSE(player.next_due().has_value());
  CHECK(keys(player.due(kStart)) == "0");
  CHECK(player.next_due() == kStart + milliseconds{100});
  CHECK(keys(player.due(kStart + milliseconds{100} - microseconds{1})) == "");
  CHECK(keys(player.due(kStart + milliseconds{100})) == "100 100");
  CHECK(keys(player.due(kStart + milliseconds{1000})) == "250");
  CHECK_FALSE(player.next_due().has_value());
  CHECK(keys(player.due(kStart + milliseconds{9000})) == "");
}

TEST_CASE("a report is played without a time of its own") {
  Player player{Recording::parse(R"({"at_ms":0,"channel":"a:e","data":{},"time":"2026-11-21T09:00:00.000Z"})").value()};
  const auto updates = player.due(kStart);
  REQUIRE(updates.size() == 1);
  CHECK_FALSE(updates.front().time.has_value());
  CHECK_FALSE(updates.front().retained);
}

TEST_CASE("a loop goes on in step") {
  Player player{recording_of({0, 100, 200})};  // a round is 300 ms
  CHECK(keys(player.due(kStart)) == "0");
  CHECK(keys(player.due(kStart + milliseconds{200})) == "100 200");
  CHECK(player.next_due() == kStart + milliseconds{300});
  CHECK(keys(player.due(kStart + milliseconds{450})) == "0 100");
  CHECK(player.next_due() == kStart + milliseconds{500});
}

TEST_CASE("however often it is asked, the same reports come in the same order") {
  Player often{recording_of({0, 7, 13, 100})};
  Player seldom{recording_of({0, 7, 13, 100})};
  std::string by_often;
  std::string by_seldom;
  const auto append = [](std::string& to, const std::vector<state::Update>& updates) {
    if (!updates.empty()) to += keys(updates) + " ";
  };
  for (int ms = 0; ms <= 1000; ++ms) {
    append(by_often, often.due(kStart + milliseconds{ms}));
    if (ms % 100 == 0) append(by_seldom, seldom.due(kStart + milliseconds{ms}));
  }
  CHECK(by_often == by_seldom);
  CHECK(by_often.size() > 40);
}

TEST_CASE("speed divides the time") {
  Player fast{recording_of({0, 100, 200}), {.speed = 10, .loop = false}};
  CHECK(keys(fast.due(kStart)) == "0");
  CHECK(fast.next_due() == kStart + milliseconds{10});
  CHECK(keys(fast.due(kStart + milliseconds{20})) == "100 200");

  Player slow{recording_of({0, 1}), {.speed = 0.3, .loop = false}};
  CHECK(keys(slow.due(kStart)) == "0");
  const auto next = slow.next_due();
  REQUIRE(next.has_value());
  CHECK(*next == kStart + microseconds{3334});
  CHECK(keys(slow.due(*next - microseconds{1})) == "");
  CHECK(keys(slow.due(*next)) == "1");
}

TEST_CASE("rounding does not add up over the rounds") {
  Player player{recording_of({0, 1}), {.speed = 7}};  // a round is 2 ms ÷ 7
  CHECK(keys(player.due(kStart)) == "0");
  for (int i = 0; i < 69'999; ++i) {
    const auto next = player.next_due();
    REQUIRE(next.has_value());
    REQUIRE(player.due(*next).size() == 1);
  }
  CHECK(player.next_due() == kStart + milliseconds{10'000});
}

TEST_CASE("after a long absence whole rounds are left out") {
  Player player{recording_of({0, 100, 200})};
  CHECK(keys(player.due(kStart)) == "0");
  CHECK(keys(player.due(kStart + std::chrono::hours{1} + milliseconds{100})) == "0 100");
  CHECK(player.next_due() == kStart + std::chrono::hours{1} + milliseconds{200});
}

TEST_CASE("a recording of nothing plays nothing") {
  Player player{recording_of({})};
  CHECK(player.due(kStart).empty());
  CHECK_FALSE(player.next_due().has_value());
}

}  // namespace
}  // namespace starling::sources::recording

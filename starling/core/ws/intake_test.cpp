#include "starling/core/ws/intake.hpp"

#include <doctest/doctest.h>

namespace starling::ws {
namespace {

constexpr Instant kStart{std::chrono::hours{1}};

TEST_CASE("who is within its rates does not wait, who is over either does") {
  struct Case {
    std::uint64_t frames, bytes;
    std::optional<Duration> want;
  };
  for (const Case& c : {Case{99, 1999, std::nullopt}, Case{100, 1999, std::chrono::milliseconds{100}}, Case{99, 2000, std::chrono::milliseconds{100}},
                        Case{101, 2001, std::chrono::milliseconds{100}}}) {
    CAPTURE(c.frames);
    CAPTURE(c.bytes);
    const IntakeLimits limits{.messages_per_second = 50, .bytes_per_second = 1000};
    Intake intake{limits, kStart};
    intake.take_frames(c.frames, limits, kStart);
    intake.take_bytes(c.bytes, limits, kStart);
    const auto until = intake.waits_until(limits, kStart);
    REQUIRE(until.has_value() == c.want.has_value());
    if (!until) continue;
    CHECK(*until >= kStart + *c.want);
    CHECK(*until <= kStart + *c.want + Duration{1});
    CHECK(!intake.waits_until(limits, *until));
    CHECK(intake.frames_available(limits, *until) >= 5);
    CHECK(intake.bytes_available(limits, *until) >= 100);
  }
}

TEST_CASE("a rate of one waits for one") {
  const IntakeLimits limits{.messages_per_second = 1, .bytes_per_second = 0};
  Intake intake{limits, kStart};
  CHECK(intake.frames_available(limits, kStart) == 2);
  intake.take_frames(2, limits, kStart);
  CHECK(intake.waits_until(limits, kStart) == kStart + std::chrono::seconds{1} + Duration{1});
}

TEST_CASE("without limits nobody waits") {
  const IntakeLimits limits;
  Intake intake{limits, kStart};
  intake.take_frames(1'000'000, limits, kStart);
  intake.take_bytes(1ull << 40, limits, kStart);
  CHECK(!intake.waits_until(limits, kStart));
}

}  // namespace
}  // namespace starling::ws

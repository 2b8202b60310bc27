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
    Intake intake{{.messages_per_second = 50, .bytes_per_second = 1000}, kStart};
    intake.take_frames(c.frames, kStart);
    intake.take_bytes(c.bytes, kStart);
    const auto until = intake.waits_until(kStart);
    REQUIRE(until.has_value() == c.want.has_value());
    if (!until) continue;
    CHECK(*until >= kStart + *c.want);
    CHECK(*until <= kStart + *c.want + Duration{1});
    CHECK(!intake.waits_until(*until));
    CHECK(intake.frames_available(*until) >= 5);
    CHECK(intake.bytes_available(*until) >= 100);
  }
}

TEST_CASE("a rate of one waits for one") {
  Intake intake{{.messages_per_second = 1, .bytes_per_second = 0}, kStart};
  CHECK(intake.frames_available(kStart) == 2);
  intake.take_frames(2, kStart);
  CHECK(intake.waits_until(kStart) == kStart + std::chrono::seconds{1} + Duration{1});
}

TEST_CASE("without limits nobody waits") {
  Intake intake{{}, kStart};
  intake.take_frames(1'000'000, kStart);
  intake.take_bytes(1ull << 40, kStart);
  CHECK(!intake.waits_until(kStart));
}

}  // namespace
}  // namespace starling::ws

#include "starling/core/session/abuse.hpp"

#include <doctest/doctest.h>

namespace starling::session {
namespace {

using protocol::ErrorCode;
using std::chrono::microseconds;
using std::chrono::seconds;

Instant at(Duration since_start) { return Instant{since_start}; }
constexpr Duration kWindow = seconds{10};

TEST_CASE("bad messages are abuse from one above the limit on: not one below it, nor at it") {
  for (const std::size_t messages_max : {std::size_t{0}, std::size_t{1}, std::size_t{20}}) {
    CAPTURE(messages_max);
    const SessionOptions options{.bad_messages_max = messages_max};
    Abuse abuse;
    for (std::size_t i = 1; i <= messages_max; ++i) {
      CAPTURE(i);
      CHECK_FALSE(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{1})));
    }
    CHECK(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{1})));
  }
}

TEST_CASE("a bad message counts for less than the window: one microsecond below its end, at it and one above") {
  struct Case {
    Duration later;
    bool is_reached;
  };
  for (const Case& c : {Case{kWindow - microseconds{1}, true}, Case{kWindow, false}, Case{kWindow + microseconds{1}, false}}) {
    CAPTURE(c.later.count());
    const SessionOptions options{.bad_messages_max = 2, .bad_messages_window = kWindow};
    Abuse abuse;
    CHECK_FALSE(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{1})));
    CHECK_FALSE(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{2})));
    CHECK(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{1} + c.later)) == c.is_reached);
  }
}

TEST_CASE("the window slides: as many as the limit in each, for ever, are no abuse; one sooner is") {
  const SessionOptions options{.bad_messages_max = 2, .bad_messages_window = kWindow};
  Abuse abuse;
  for (int i = 0; i < 100; ++i) REQUIRE_FALSE(abuse.is_reached(ErrorCode::bad_message, options, at(i * kWindow / 2)));
  CHECK(abuse.is_reached(ErrorCode::bad_message, options, at(100 * kWindow / 2 - microseconds{1})));
}

TEST_CASE("only what cannot be read is bad") {
  struct Case {
    ErrorCode code;
    bool is_bad;
  };
  for (const Case& c : {Case{ErrorCode::bad_message, true}, Case{ErrorCode::unknown_type, true}, Case{ErrorCode::unknown_id, false},
                        Case{ErrorCode::forbidden, false}, Case{ErrorCode::limit_subscriptions, false}, Case{ErrorCode::unavailable, false}}) {
    CAPTURE(protocol::to_text(c.code));
    const SessionOptions options{.bad_messages_max = 0};
    Abuse abuse;
    CHECK(abuse.is_reached(c.code, options, at(seconds{1})) == c.is_bad);
    CHECK(abuse.remembered() == (c.is_bad ? 1 : 0));
  }
}

TEST_CASE("of bad messages the limit and one more are remembered, however many come, and it stays abuse") {
  const SessionOptions options{.bad_messages_max = 3, .bad_messages_window = kWindow};
  Abuse abuse;
  for (int i = 1; i <= 10; ++i) {
    CAPTURE(i);
    CHECK(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{1})) == (i > 3));
    CHECK(abuse.remembered() == static_cast<std::size_t>(std::min(i, 4)));
  }
  CHECK_FALSE(abuse.is_reached(ErrorCode::bad_message, options, at(seconds{1} + kWindow)));
  CHECK(abuse.remembered() == 1);
}

}  // namespace
}  // namespace starling::session

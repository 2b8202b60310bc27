#include "starling/core/session/progress.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "starling/core/fanout/test_stage.hpp"

namespace starling::session {
namespace {

using Positions = Progress::Positions;

constexpr std::size_t kLogBytes = 400;

/// One link with subscriptions of nothing that ever happens, so that only progress tells them how far they are.
class Telling {
 public:
  Telling() : fanout_({.log_bytes = kLogBytes}) {}
  ~Telling() {
    for (const auto& subscription : subscriptions) fanout_.unsubscribe(*subscription);
  }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

  void subscribe(std::uint32_t id, fanout::Period period = std::chrono::milliseconds{100}) {
    auto view = std::make_shared<const view::View>(fanout::query({"b:*"}), world_.channels());
    fanout::Subscription& made = subscriptions.add(std::make_unique<fanout::Subscription>(link, encoder_, id, std::move(view), period));
    fanout_.subscribe(made, fanout::SubscribedReason::fresh, std::nullopt, now_);
  }
  /// A batch of so many bytes that shows them nothing, and the beat after it.
  void batch(std::size_t bytes) {
    world_.set("a:x", "k", "{}");
    fanout_.take(world_.close(bytes), now_);
    now_ += std::chrono::milliseconds{200};
    fanout_.on_time(now_);
  }
  /// Asks, and sends what is to be told.
  std::optional<Positions> take() {
    auto taken = progress.take(subscriptions, fanout_, link);
    if (taken) link.send(fanout::Frame::text("progress"));
    return taken;
  }
  std::optional<Positions> take_at_heartbeat() {
    progress.heartbeat();
    return take();
  }

  fanout::TestLink link;
  Subscriptions subscriptions;
  Progress progress;

 private:
  log::TestWorld world_;
  fanout::TestEncoder encoder_;
  fanout::Fanout fanout_;
  Instant now_{};
};

TEST_CASE("with the heartbeat, each id is listed whose position moved since it was last told one") {
  Telling telling;
  telling.subscribe(1);
  telling.subscribe(2);
  CHECK(telling.take_at_heartbeat() == std::nullopt);  // snapshots told them where they are
  telling.batch(1);
  CHECK(telling.take() == std::nullopt);  // not without it
  CHECK(telling.take_at_heartbeat() == Positions{{1, 1}, {2, 1}});
  telling.subscribe(3);
  telling.batch(1);
  telling.subscriptions.find(2)->told = 2;  // by a frame of its own
  CHECK(telling.take_at_heartbeat() == Positions{{1, 2}, {3, 2}});
}

TEST_CASE("a paused id is not listed") {
  Telling telling;
  telling.subscribe(1);
  telling.subscribe(2, fanout::kPaused);
  telling.batch(1);
  CHECK(telling.take_at_heartbeat() == Positions{{1, 1}});
}

TEST_CASE("nobody is told less than it was told: one above, at and one below where it is") {
  for (const state::Seq told : {3, 2, 1}) {
    CAPTURE(told);
    Telling telling;
    telling.subscribe(1);
    telling.subscribe(2);
    for (int i = 0; i < 2; ++i) telling.batch(1);
    telling.subscriptions.find(1)->told = told;
    CHECK(telling.take_at_heartbeat() == (told < 2 ? Positions{{1, 2}, {2, 2}} : Positions{{2, 2}}));
    CHECK(telling.subscriptions.find(1)->told == std::max<state::Seq>(told, 2));
  }
}

TEST_CASE("with nothing to list it comes at a heartbeat before which nothing else was sent since the one before") {
  Telling telling;
  telling.subscribe(1);
  CHECK(telling.take() == std::nullopt);
  CHECK(telling.take_at_heartbeat() == std::nullopt);
  CHECK(telling.take_at_heartbeat() == Positions{});
  CHECK(telling.take_at_heartbeat() == Positions{});  // its own frame breaks no silence
  CHECK(telling.take() == std::nullopt);
  telling.link.send(fanout::Frame::text("a reply"));
  CHECK(telling.take_at_heartbeat() == std::nullopt);
  CHECK(telling.take_at_heartbeat() == Positions{});
}

TEST_CASE("it comes before the heartbeat once more than a quarter of the log has not been told: one byte below, at and above") {
  for (const std::size_t bytes : {kLogBytes / 4 - 1, kLogBytes / 4, kLogBytes / 4 + 1}) {
    CAPTURE(bytes);
    Telling telling;
    telling.subscribe(1);
    telling.batch(bytes);
    const bool is_due = bytes > kLogBytes / 4;
    CHECK(telling.take() == (is_due ? std::optional{Positions{{1, 1}}} : std::nullopt));
    CHECK(telling.take() == std::nullopt);  // told once
    telling.batch(1);
    CHECK(telling.take() == (bytes == kLogBytes / 4 ? std::optional{Positions{{1, 2}}} : std::nullopt));
  }
}

TEST_CASE("if one id needs it, all that moved are listed") {
  Telling telling;
  telling.subscribe(1);
  telling.batch(kLogBytes / 4);
  telling.subscribe(2);
  telling.batch(1);
  CHECK(telling.take() == Positions{{1, 2}, {2, 2}});
}

TEST_CASE("progress between two heartbeats is something that was sent") {
  Telling telling;
  telling.subscribe(1);
  (void)telling.take_at_heartbeat();
  telling.batch(kLogBytes);
  CHECK(telling.take() == Positions{{1, 1}});
  CHECK(telling.take_at_heartbeat() == std::nullopt);  // the viewer has seen that one
  CHECK(telling.take_at_heartbeat() == Positions{});
}

TEST_CASE("a full socket is sent none, and a heartbeat that came meanwhile is made up for when it takes frames again") {
  Telling telling;
  telling.subscribe(1);
  (void)telling.take_at_heartbeat();
  telling.link.room = 0;
  CHECK(telling.take_at_heartbeat() == std::nullopt);
  telling.link.room = 1;
  CHECK(telling.take() == Positions{});
  telling.link.room = 1;
  CHECK(telling.take() == std::nullopt);
}

}  // namespace
}  // namespace starling::session

/// @file
/// A fleet, a fan-out and a clock for tests, as the program runs them: batches as they close, time at `next_due`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/fanout/fanout.hpp"
#include "starling/core/fanout/test_link.hpp"
#include "starling/core/log/test_world.hpp"

namespace starling::fanout {

[[nodiscard]] inline Instant at_ms(std::int64_t milliseconds) { return Instant{std::chrono::milliseconds{milliseconds}}; }

[[nodiscard]] inline view::Query query(std::vector<std::string> channels, view::Filter filter = {}) {
  return {std::move(channels), std::move(filter), std::nullopt};
}
[[nodiscard]] inline view::Filter in_box(double north, double south, double east, double west) {
  return {std::nullopt, geo::Box::from(north, south, east, west), false};
}

/// Event channels `a:e` (10 ms), `a:now` (at once) and `a:alarm` (critical); state channels `a:sos` (critical) and whatever is set.
[[nodiscard]] inline std::vector<state::ChannelDeclaration> stage_channels() {
  using state::ChannelKind;
  using state::Priority;
  std::vector<state::ChannelDeclaration> all(4);
  all[0].name = "a:e";
  all[0].kind = ChannelKind::event;
  all[1].name = "a:now";
  all[1].kind = ChannelKind::event;
  all[1].event_pace = Duration{0};
  all[2].name = "a:alarm";
  all[2].kind = ChannelKind::event;
  all[2].priority = Priority::critical;
  all[3].name = "a:sos";
  all[3].priority = Priority::critical;
  return all;
}

class Stage {
 public:
  struct Viewer {
    Viewer(TestEncoder& encoder, std::uint32_t id, view::ViewPtr view, Period period) : subscription(link, encoder, id, std::move(view), period) {}
    TestLink link;
    Subscription subscription;
    [[nodiscard]] Lines take() { return link.take(); }
  };

  explicit Stage(FanoutOptions options = {}) : world(stage_channels()), fanout(options) {}
  ~Stage() {
    for (const auto& viewer : viewers_) fanout.unsubscribe(viewer->subscription);
  }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  /// A viewer that has not been subscribed yet.
  Viewer& viewer(view::Query what = query({"*"}), Period period = std::chrono::milliseconds{100}, std::uint32_t id = 1) {
    viewers_.push_back(std::make_unique<Viewer>(encoder, id, view_of(std::move(what)), period));
    return *viewers_.back();
  }
  /// One that has, and whose snapshot was taken.
  Viewer& subscribed(view::Query what = query({"*"}), Period period = std::chrono::milliseconds{100}, std::uint32_t id = 1) {
    Viewer& made = viewer(std::move(what), period, id);
    subscribe(made);
    (void)made.take();
    return made;
  }
  /// One whose snapshot has begun: its socket is full once the answer and the first part are sent, which have not been taken.
  Viewer& begun(view::Query what = query({"*"})) {
    Viewer& made = viewer(std::move(what));
    made.link.room = 2;
    subscribe(made);
    return made;
  }
  /// One that has been quiet for a beat, at 150 ms, and whose socket is full now.
  Viewer& stuck(view::Query what = query({"*"})) {
    Viewer& made = subscribed(std::move(what));
    go(150);
    made.link.room = 0;
    return made;
  }
  void subscribe(Viewer& who) { fanout.subscribe(who.subscription, SubscribedReason::fresh, std::nullopt, now); }
  void replace(Viewer& who, view::Query what) { fanout.replace(who.subscription, view_of(std::move(what)), who.subscription.period, now); }
  [[nodiscard]] view::ViewPtr view_of(view::Query what) { return std::make_shared<const view::View>(std::move(what), world.channels()); }

  /// Closes what the world said as a batch.
  void batch(std::size_t bytes = 100) { fanout.take(world.close(bytes), now); }
  /// A batch with one record of channel a:x.
  void set(std::string_view key, int v, std::optional<geo::Point> place = std::nullopt) {
    world.set("a:x", key, "{\"v\":" + std::to_string(v) + '}', place);
    batch();
  }
  void say(std::string_view channel, int n) {
    world.say(channel, std::nullopt, "{\"n\":" + std::to_string(n) + '}');
    batch();
  }
  /// Time goes on: whatever is due until then happens when it is due.
  void go(std::int64_t to_ms) {
    const Instant until = at_ms(to_ms);
    STARLING_CHECK(until >= now);
    for (auto due = fanout.next_due(); due && *due <= until; due = fanout.next_due()) {
      now = std::max(now, *due);
      fanout.on_time(now);
      STARLING_CHECK(fanout.next_due() != due);  // what was due has been done
    }
    now = until;
  }
  /// The link takes frames again.
  void drain(Viewer& who, std::size_t room = TestLink::kEndless) {
    who.link.room = room;
    fanout.drained(who.subscription, now);
  }

  log::TestWorld world;
  TestEncoder encoder;
  Fanout fanout;
  Instant now = at_ms(0);

 private:
  std::vector<std::unique_ptr<Viewer>> viewers_;
};

}  // namespace starling::fanout

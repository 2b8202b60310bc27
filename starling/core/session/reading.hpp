/// @file
/// One reader over HTTP: one subscription, whose frames go into the body of an answer. It says nothing but what it asked for, and keeps no place here:
/// the cursor it was told last is all that is needed to go on, on whatever connection and shard.
///
/// What frames say, and when they are made, is decided where that of every viewer is. How they stand in the body, and when that is over, a kind of
/// reading decides: `event_stream`, `poll`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/fanout/outlet.hpp"
#include "starling/core/session/liveness.hpp"
#include "starling/core/session/session.hpp"

namespace starling::session {

/// Readers have one subscription each, and share frames with all viewers who number from 1.
inline constexpr std::uint32_t kReadingId = 1;

class Reading : private fanout::Link {
 public:
  /// The outlet and the surroundings must outlive it. Of `asked` id and ref do not count. Nothing is written before `begin`.
  Reading(const Surroundings& surroundings, fanout::Outlet& out, std::uint64_t number, protocol::Subscribe asked, view::RightsPtr rights, Moment now);
  ~Reading() override;
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  /// Subscribes. To be called once, when the shard has taken every batch there is.
  virtual void begin(Moment now) = 0;
  /// The outlet takes bytes again.
  void drained(Instant now);
  /// The end of a turn, before what was written in it goes out.
  virtual void settle() {}
  /// Heartbeat and time-outs; to be called about every second.
  void on_time(Moment now);
  /// See Liveness.
  void missed(Duration time, Instant now) noexcept { liveness_.missed(time, now); }
  /// When `wait_is_over` is to be called, if it has not ended by then.
  [[nodiscard]] virtual std::optional<Instant> wait_due() const noexcept { return std::nullopt; }
  virtual void wait_is_over() {}
  /// The server goes.
  virtual void leave(Duration reconnect) = 0;

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  /// Nothing more is written.
  [[nodiscard]] bool is_over() const noexcept { return is_over_; }

 protected:
  /// A frame of the subscription. `is_complete`: with it the reader is at `cursor`.
  virtual void tell(fanout::FramePtr frame, bool is_complete) = 0;
  /// About every second. `is_heartbeat_due`: a heartbeat has passed, and this has not been true since.
  [[nodiscard]] virtual bool beat(bool is_heartbeat_due, Moment now) = 0;

  /// Why it resumes or does not.
  [[nodiscard]] fanout::SubscribedReason admission() const noexcept;
  void subscribe_anew(fanout::SubscribedReason reason, Instant now);
  /// How far the reader is; empty while it has nothing to resume from.
  [[nodiscard]] std::string cursor() const;
  /// It holds everything up to here. Never back.
  void move_to(state::Seq seq) noexcept;
  /// Whether it is in the middle of nothing: the next frame begins another seq.
  [[nodiscard]] bool is_settled() const noexcept;
  void end();

  [[nodiscard]] fanout::Fanout& fan() const noexcept { return at_.fanout; }
  [[nodiscard]] fanout::Outlet& out() const noexcept { return out_; }
  [[nodiscard]] fanout::Subscription& subscription() noexcept { return subscription_; }
  [[nodiscard]] const std::optional<protocol::Since>& since() const noexcept { return since_; }
  [[nodiscard]] std::uint64_t frames() const noexcept { return frames_; }
  void heard(Instant now) noexcept { liveness_.heard(now); }

 private:
  // Link, as fan-out sees the outlet.
  [[nodiscard]] bool is_writable() const noexcept override { return !is_over_ && out_.is_writable(); }
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return out_.waiting_bytes(); }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_; }
  void ping() override {}
  [[nodiscard]] bool is_stalled() const noexcept override { return out_.is_stalled(); }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return out_.taken_bytes(); }
  void close(std::uint16_t, std::string_view) override { end(); }

  const Surroundings& at_;
  fanout::Outlet& out_;
  std::uint64_t number_;
  std::optional<protocol::Since> since_;  // what it came with
  std::optional<state::Seq> held_;        // everything up to here
  Liveness liveness_;
  std::uint64_t taken_bytes_ = 0;  // when it was last looked at
  std::uint64_t frames_ = 0;
  bool is_heartbeat_due_ = false;
  bool is_over_ = false;
  fanout::Subscription subscription_;  // last: its link is all of the above
};

}  // namespace starling::session

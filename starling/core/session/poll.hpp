/// @file
/// A reading that is one answer: `{"frames":[…],"since":"epoch:seq:view"}`, over when a seq is complete, or when there was no news for as long as the
/// reader wants to wait. The next poll goes on from `since`; between two of them nothing is kept.
///
/// What it has is told at once, with no more than it takes: neither a `subscribed` that says it resumes, nor an empty update. A large one goes out
/// while it is made, so that an answer costs what a slow viewer does.
#pragma once

#include "starling/core/session/reading.hpp"

namespace starling::session {

class Poll final : public Reading {
 public:
  /// `wait`: so long there may be no news; 0: it asks for what there is.
  Poll(const Surroundings& surroundings, fanout::Outlet& out, std::uint64_t number, protocol::Subscribe asked, Duration wait, view::RightsPtr rights, Moment now)
      : Reading(surroundings, out, number, std::move(asked), std::move(rights), now), wait_due_(now.instant + wait) {}

  void begin(Moment now) override;
  void settle() override;
  [[nodiscard]] std::optional<Instant> wait_due() const noexcept override { return wait_due_; }
  void wait_is_over() override;
  /// Who waits is answered; what is being answered is told to its end.
  void leave(Duration) override { wait_is_over(); }

 private:
  void tell(fanout::FramePtr frame, bool is_complete) override;
  [[nodiscard]] bool beat(bool is_heartbeat_due, Moment now) override;
  void finish();

  Instant wait_due_;
  bool has_completed_ = false;  // a seq
};

}  // namespace starling::session

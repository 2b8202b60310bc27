#include "starling/core/session/reading.hpp"

#include <algorithm>
#include <utility>

#include "starling/core/protocol/cursor.hpp"
#include "starling/core/session/admission.hpp"

namespace starling::session {

using fanout::FrameStage;
using fanout::Standing;

Reading::Reading(const Surroundings& surroundings, fanout::Outlet& out, std::uint64_t number, protocol::Subscribe asked, view::RightsPtr rights, Moment now)
    : at_(surroundings),
      out_(out),
      number_(number),
      since_(std::move(asked.since)),
      liveness_(at_.options.session, now.instant),
      taken_bytes_(out.taken_bytes()),
      subscription_(*this, at_.encoder, kReadingId, std::make_shared<const view::View>(std::move(asked.query), std::move(rights), at_.channels),
                    fanout::period_for(asked.rate, at_.options.fanout.tick)) {
  subscription_.wants_snapshot = asked.snapshot;
  subscription_.recent = asked.recent;
}

Reading::~Reading() { at_.fanout.unsubscribe(subscription_); }

void Reading::drained(Instant now) {
  liveness_.drained();
  if (!is_over_) at_.fanout.drained(subscription_, now);
}

void Reading::on_time(Moment now) {
  if (is_over_) return;
  // A reader says nothing: that its machine takes what it is told is all there is to hear of it.
  if (const std::uint64_t taken = out_.taken_bytes(); std::exchange(taken_bytes_, taken) != taken) heard(now.instant);
  switch (liveness_.check(at_.options.session, now.instant, out_.is_stalled() ? std::optional{taken_bytes_} : std::nullopt)) {
    case Liveness::Verdict::dead:
      is_over_ = true;
      at_.fanout.unsubscribe(subscription_);
      out_.drop();
      return;
    case Liveness::Verdict::heartbeat_due: is_heartbeat_due_ = true; break;
    case Liveness::Verdict::alive: break;
  }
  if (beat(is_heartbeat_due_, now)) is_heartbeat_due_ = false;
}

fanout::SubscribedReason Reading::admission() const noexcept { return admit(since_, at_.options.epoch, *subscription_.view, at_.fanout.log()); }

void Reading::subscribe_anew(fanout::SubscribedReason reason, Instant now) {
  at_.fanout.subscribe(subscription_, reason, since_ ? std::optional{since_->seq} : std::nullopt, now);
}

std::string Reading::cursor() const { return held_ ? protocol::write_cursor(at_.options.epoch, *held_, subscription_.view->name()) : std::string{}; }

void Reading::move_to(state::Seq seq) noexcept { held_ = std::max(held_.value_or(0), seq); }

bool Reading::is_settled() const noexcept {
  switch (subscription_.standing()) {
    case Standing::idle:
    case Standing::member:
    case Standing::lagging:
    case Standing::overdue:
    case Standing::stalled:
      return true;
    case Standing::owed:
    case Standing::sending:
    case Standing::left_behind:
    case Standing::awaiting_cut:
    case Standing::given_up:
      return false;
  }
  return false;
}

void Reading::end() {
  if (std::exchange(is_over_, true)) return;
  at_.fanout.unsubscribe(subscription_);
  out_.end();
}

void Reading::send(fanout::FramePtr frame) {
  if (is_over_) return;
  ++frames_;
  // Where no snapshot is wanted, nothing of before it begins is owed: it begins complete.
  const bool is_complete = frame->stage() == FrameStage::complete || (frame->stage() == FrameStage::anew && !subscription_.wants_snapshot);
  if (is_complete) {
    held_ = frame->seq();
  } else if (frame->stage() == FrameStage::anew) {
    held_.reset();  // until what it begins with is whole
  }
  tell(std::move(frame), is_complete);
}

}  // namespace starling::session

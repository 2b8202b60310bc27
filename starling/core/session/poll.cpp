#include "starling/core/session/poll.hpp"

#include <utility>

#include "starling/core/base/json.hpp"

namespace starling::session {
namespace {

constexpr const char* kBeginning = R"({"frames":[)";

}  // namespace

using fanout::SubscribedReason;

void Poll::begin(Moment now) {
  const SubscribedReason reason = admission();
  if (reason == SubscribedReason::resumed) {
    move_to(since()->seq);
    fan().follow(subscription(), since()->seq, now.instant);
  } else {
    subscribe_anew(reason, now.instant);
  }
  if (wait_due_ <= now.instant) wait_is_over();
}

void Poll::settle() {
  if (has_completed_ && is_settled()) finish();
}

void Poll::wait_is_over() {
  if (is_over() || frames() > 0 || !is_settled()) return;  // who has been told something is told all of it
  // Nothing differed up to there.
  move_to(fan().position(subscription()).value_or(subscription().cursor));
  finish();
}

void Poll::tell(fanout::FramePtr frame, bool is_complete) {
  out().write(frames() == 1 ? kBeginning : ",", std::move(frame), "");
  has_completed_ = has_completed_ || is_complete;
}

bool Poll::beat(bool is_heartbeat_due, Moment now) {
  settle();
  if (is_over()) return true;
  if (frames() == 0) {
    heard(now.instant);  // nothing was said that it could have taken
    if (wait_due_ <= now.instant) wait_is_over();
    return true;
  }
  if (!is_heartbeat_due || !out().is_writable()) return false;
  out().write("\n", nullptr, "");  // between two values it says nothing, but that we live
  return true;
}

void Poll::finish() {
  if (is_over()) return;
  out().write(std::string{frames() == 0 ? kBeginning : ""} + "],\"since\":" + json::quoted(cursor()) + '}', nullptr, "");
  end();
}

}  // namespace starling::session

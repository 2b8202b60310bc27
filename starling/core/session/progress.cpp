#include "starling/core/session/progress.hpp"

namespace starling::session {

std::optional<Progress::Positions> Progress::take(const Subscriptions& subscriptions, const fanout::Fanout& fanout, const fanout::Link& link) {
  if (!link.is_writable()) return std::nullopt;  // a full socket is sent nothing: it is told when it has drained
  const bool is_heartbeat = std::exchange(is_heartbeat_due_, false);
  const log::Log& log = fanout.log();
  Positions moved;
  bool is_needed = is_heartbeat;
  for (const auto& subscription : subscriptions) {
    const std::optional<state::Seq> position = fanout.position(*subscription);
    if (!position || subscription->told >= position) continue;  // never back: what it was told it holds
    moved.emplace_back(subscription->id, *position);
    // Told before the log could forget it: a viewer cut off now still resumes.
    is_needed = is_needed || log.bytes_after(subscription->told.value_or(0)) > log.bytes_max() / 4;
  }
  const bool is_silent = link.frames_sent() == frames_at_heartbeat_;
  const bool is_due = is_needed && (!moved.empty() || is_silent);
  if (is_heartbeat) frames_at_heartbeat_ = link.frames_sent() + (is_due ? 1 : 0);
  if (!is_due) return std::nullopt;
  for (const auto& [id, position] : moved) subscriptions.find(id)->told = position;
  return moved;
}

}  // namespace starling::session

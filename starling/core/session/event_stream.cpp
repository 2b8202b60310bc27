#include "starling/core/session/event_stream.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "starling/core/protocol/server_message.hpp"

namespace starling::session {

using fanout::Frame;
using fanout::SubscribedReason;

void EventStream::begin(Moment now) {
  const SubscribedReason reason = admission();
  if (reason == SubscribedReason::resumed) {
    move_to(since()->seq);
    fan().resume(subscription(), since()->seq, now.instant);
  } else {
    subscribe_anew(reason, now.instant);
  }
}

void EventStream::leave(Duration reconnect) {
  if (is_over()) return;
  out().write(fmt::format("retry: {}\ndata: ", reconnect / std::chrono::milliseconds{1}), Frame::text(protocol::write_bye("restart", reconnect)), "\n\n");
  end();
}

void EventStream::tell(fanout::FramePtr frame, bool is_complete) {
  // A frame is compact JSON: no line ends within it.
  out().write("data: ", std::move(frame), is_complete ? "\nid: " + cursor() + "\n\n" : "\n\n");
}

bool EventStream::beat(bool is_heartbeat_due, Moment now) {
  if (!out().is_writable()) return false;  // a full socket is sent nothing: it is told when it has drained
  const log::Log& log = fan().log();
  std::optional<state::Seq>& told = subscription().told;
  std::optional<state::Seq> moved = fan().position(subscription());
  if (moved && told >= moved) moved.reset();  // never back: what it was told it holds
  // With every heartbeat, so that the other end sees that we live; and before the log could forget where it believes itself to be.
  if (!is_heartbeat_due && (!moved || log.bytes_after(told.value_or(0)) <= log.bytes_max() / 4)) return false;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> at;
  if (moved) {
    told = moved;
    move_to(*moved);
    at.emplace_back(kReadingId, *moved);
  }
  const std::string where = cursor();
  out().write("data: ", Frame::text(protocol::write_progress(now.timestamp, at)), where.empty() ? "\n\n" : "\nid: " + where + "\n\n");
  return true;
}

}  // namespace starling::session

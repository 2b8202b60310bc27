/// @file
/// A reading as Server-Sent Events (the HTML standard, section 9.2), until one of both goes: each frame is an event. Those that complete a seq
/// have the cursor as their `id`, and so has `progress`: what a browser gives back as `Last-Event-ID` is where it goes on.
#pragma once

#include "starling/core/session/reading.hpp"

namespace starling::session {

class EventStream final : public Reading {
 public:
  using Reading::Reading;

  void begin(Moment now) override;
  /// `bye`, and that it is to come back after `reconnect`; then the end.
  void leave(Duration reconnect) override;

 private:
  void tell(fanout::FramePtr frame, bool is_complete) override;
  [[nodiscard]] bool beat(bool is_heartbeat_due, Moment now) override;
};

}  // namespace starling::session

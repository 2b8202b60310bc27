/// @file
/// One client's conversation at a door: what it is shown is a subscription or two, and what is said beside that is the dialect's (docs/DOORS.md).
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/protocol/dialect.hpp"
#include "starling/core/session/liveness.hpp"
#include "starling/core/session/session.hpp"

namespace starling::session {

class DoorSession {
 public:
  /// The shard has taken every batch there is. What is given must outlive it; `times` are what the dialect goes by.
  DoorSession(const Surroundings& surroundings, protocol::Dialect& dialect, protocol::DialectTimes& times, fanout::Link& link, std::uint64_t number, view::RightsPtr rights, Moment now);
  ~DoorSession();
  DoorSession(const DoorSession&) = delete;
  DoorSession& operator=(const DoorSession&) = delete;

  /// A whole text message, already known to be UTF-8.
  void receive(std::string_view text, Moment now);
  /// Any byte came, whatever it was.
  void heard(Instant now) noexcept { liveness_.heard(now); }
  /// See Liveness.
  void missed(Duration time, Instant now) noexcept { liveness_.missed(time, now); }
  /// The link takes frames again.
  void drained(Moment now);
  /// Heartbeat and time-outs; to be called about every second.
  void on_time(Moment now);
  /// The server goes: 1001.
  void leave();

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] const fanout::Link& link() const noexcept { return link_; }

 private:
  struct Part {
    Part(fanout::Link& link, fanout::Encoder& encoder, std::uint32_t number, view::ViewPtr view, view::ViewPtr own, fanout::Period period)
        : told(std::move(own)), subscription(link, encoder, number, std::move(view), period) {}
    view::ViewPtr told;  ///< null: all it is shown
    fanout::Subscription subscription;
  };
  [[nodiscard]] view::ViewPtr view_of(view::Query query) const;
  [[nodiscard]] view::ViewPtr told_of(protocol::Part& part) const { return part.told ? view_of(std::move(*part.told)) : nullptr; }
  void look(protocol::Look look, Moment now);
  void say_state(Moment now);
  void say(std::string_view text);
  void close(std::uint16_t code, std::string_view reason);
  void end_parts();

  const Surroundings& at_;
  protocol::Dialect& dialect_;
  protocol::DialectTimes& times_;
  fanout::Link& link_;
  std::uint64_t number_;
  view::RightsPtr rights_;
  Liveness liveness_;
  std::vector<std::string> chosen_;  ///< the dialect's: what this client subscribed to, by name
  std::size_t said_bytes_ = 0;       ///< of answers that may wait for its socket; state beside them is one frame at most
  bool is_state_due_ = false;        ///< it asked for it while its socket was full
  bool is_closed_ = false;
  std::list<Part> parts_;            ///< they stay where they are
};

}  // namespace starling::session

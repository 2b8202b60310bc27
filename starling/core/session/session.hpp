/// @file
/// One viewer's conversation on its connection: messages in, replies and subscriptions out.
///
/// It routes; who decides has a file of its own: which message waits (turn), whether a subscription resumes (admission), whether the viewer is
/// still there (liveness), when it is told how far it is (progress), when its bad messages are abuse (abuse); what it is shown, view and fan-out; what was,
/// replays.
/// Left to it are its bounds on subscriptions and on replies that wait unread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "starling/core/fanout/fanout.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/native_encoder.hpp"
#include "starling/core/session/abuse.hpp"
#include "starling/core/session/liveness.hpp"
#include "starling/core/session/name.hpp"
#include "starling/core/session/options.hpp"
#include "starling/core/session/progress.hpp"
#include "starling/core/session/publisher.hpp"
#include "starling/core/session/replays.hpp"
#include "starling/core/session/turn.hpp"

namespace starling::session {

/// What all sessions of a shard share.
struct Surroundings {
  fanout::Fanout& fanout;
  protocol::NativeEncoder& encoder;
  const state::KnownChannels& channels;
  Publisher& publisher;
  Replays& replays;
  const ShardOptions& options;
};

class Session {
 public:
  /// Says `welcome`. The link and what it is surrounded by must outlive the session.
  /// `number` is what its shard calls it: tickets bear it. `name` is a Name. `rights` are those of all it asks for.
  /// `messages_per_second` is what the connection lets it say, told in `welcome`; 0: no limit.
  Session(const Surroundings& surroundings, fanout::Link& link, std::uint64_t number, std::string_view name, view::RightsPtr rights,
          std::uint32_t messages_per_second, Moment now);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// A whole text message, already known to be UTF-8. Only to be called when `is_ready` (checked).
  void receive(std::string_view text, Moment now);
  /// Whether the next message may be given. If not, `Link::ready` says when.
  [[nodiscard]] bool is_ready() const noexcept { return is_closed_ || (!is_leaving_ && turn_.is_ready()); }
  /// Whether a message has not been answered yet.
  [[nodiscard]] bool is_awaiting() const noexcept { return !is_closed_ && turn_.is_awaiting(); }
  /// The answer to its oldest publish that has none; `ref` is its ticket's.
  void answered(const std::optional<std::string>& ref, const Outcome& outcome, Moment now);
  /// There is room for the publish that found none.
  void offer_again(Moment now);
  /// The server goes: `bye` and 1012, once every publish that was taken has been answered. No message is taken any more.
  void leave(Duration reconnect);
  /// Any byte came, whatever it was.
  void heard(Instant now) noexcept { liveness_.heard(now); }
  /// See Liveness.
  void missed(Duration time, Instant now) noexcept { liveness_.missed(time, now); }
  /// The link takes frames again.
  void drained(Instant now);
  /// Heartbeat, progress and time-outs; to be called about every second.
  void on_time(Moment now);

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] std::size_t subscriptions() const noexcept { return subscriptions_.size(); }
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }

 private:
  /// A message whose turn it is.
  void take(Turn::Message& message, Moment now);
  void tell(const std::optional<std::string>& ref, const Outcome& outcome, Moment now);
  void handle(const protocol::Hello& message, Moment now);
  void handle(protocol::Subscribe& message, Moment now);
  void handle(const protocol::Unsubscribe& message, Moment now);
  void handle(const protocol::SnapshotAgain& message, Moment now);
  void handle(protocol::Publish& message, Moment now);
  void handle(const protocol::Ping& message, Moment now);
  void handle(const protocol::Token& message, Moment now);

  void say_welcome(Moment now);
  void say_bye();
  void reply(const std::string& text);
  /// Whether as much may wait for its socket as well; if not, the session has been closed.
  [[nodiscard]] bool has_room_for(std::size_t bytes);
  void refuse(const protocol::Error& error, Moment now);
  void close(std::uint16_t code, std::string_view reason);
  void end_subscriptions();
  /// Whatever has that id. False: nothing has.
  bool end(std::uint32_t id);
  void refuse_unknown(std::uint32_t id, const std::optional<std::string>& ref, Moment now);

  const Surroundings& at_;
  fanout::Link& link_;
  std::uint64_t number_;
  Name name_;
  view::RightsPtr rights_;
  Liveness liveness_;
  Turn turn_;
  Abuse abuse_;
  Subscriptions subscriptions_;
  Duration reconnect_{0};  ///< to be said in `bye`, once it leaves
  std::uint32_t messages_per_second_;
  std::uint32_t served_last_ = 0;  ///< the id that got what last, when its socket drained
  [[no_unique_address]] Progress progress_;  ///< what follows lies in its padding
  bool is_leaving_ = false;
  bool is_closed_ = false;
};

}  // namespace starling::session

#include "starling/core/session/session.hpp"

#include <algorithm>

#include "starling/core/protocol/server_message.hpp"
#include "starling/core/session/admission.hpp"
#include "starling/core/ws/close_code.hpp"

namespace starling::session {

using fanout::Frame;
using fanout::SubscribedReason;
using fanout::Subscription;
using protocol::Error;
using protocol::ErrorCode;

Session::Session(const Surroundings& surroundings, fanout::Link& link, std::uint64_t number, std::string_view name, view::RightsPtr rights,
                 std::uint32_t messages_per_second, Moment now)
    : at_(surroundings),
      link_(link),
      number_(number),
      name_(name),
      rights_(std::move(rights)),
      liveness_(at_.options.session, now.instant),
      turn_(at_.options.session.publishes_max),
      messages_per_second_(messages_per_second) {
  static_assert(sizeof(Session) <= 160);  // one a viewer, most of them idle; what few need is elsewhere
  say_welcome(now);
}

Session::~Session() { end_subscriptions(); }

void Session::receive(std::string_view text, Moment now) {
  if (is_closed_) return;
  heard(now.instant);
  Turn::Message message = protocol::read_client_message(text);
  if (turn_.comes(message)) take(message, now);
}

void Session::answered(const std::optional<std::string>& ref, const Outcome& outcome, Moment now) {
  if (is_closed_) return;
  const bool was_ready = turn_.is_ready();
  turn_.answered();
  tell(ref, outcome, now);
  if (const auto behind = turn_.take_behind()) take(*behind, now);
  if (is_leaving_) return say_bye();
  if (turn_.is_ready() && (!was_ready || !turn_.is_awaiting())) link_.ready();
}

void Session::offer_again(Moment now) {
  if (is_closed_) return;
  const auto refused = turn_.take_refused();
  if (!refused) return;
  take(*refused, now);
  if (is_leaving_) return say_bye();
  if (is_ready()) link_.ready();
}

void Session::leave(Duration reconnect) {
  if (is_closed_ || std::exchange(is_leaving_, true)) return;
  reconnect_ = reconnect;
  say_bye();
}

void Session::drained(Instant now) {
  liveness_.drained();
  // In turn, behind the one served last: on a slow line a busy one would starve those after it.
  auto next = subscriptions_.after(served_last_);
  for (std::size_t i = 0; i < subscriptions_.size() && link_.is_writable(); ++i) {
    if (next == subscriptions_.end()) next = subscriptions_.begin();
    served_last_ = (*next)->id;
    at_.fanout.drained(**next, now);
    ++next;
  }
  at_.replays.drained(number_, now);
}

void Session::on_time(Moment now) {
  if (is_closed_) return;
  switch (liveness_.check(at_.options.session, now.instant, link_.is_stalled() ? std::optional{link_.taken_bytes()} : std::nullopt)) {
    case Liveness::Verdict::dead: close(ws::close_code::kTimeout, "nothing heard"); return;
    case Liveness::Verdict::heartbeat_due:
      link_.ping();
      progress_.heartbeat();
      break;
    case Liveness::Verdict::alive: break;
  }
  if (const auto moved = progress_.take(subscriptions_, at_.fanout, link_)) reply(protocol::write_progress(now.timestamp, *moved));
}

void Session::take(Turn::Message& message, Moment now) {
  if (!message) {
    refuse(message.error(), now);
  } else {
    std::visit([&](auto& read) { handle(read, now); }, *message);
  }
}

void Session::tell(const std::optional<std::string>& ref, const Outcome& outcome, Moment now) {
  if (outcome) {
    reply(protocol::write_ok(ref, outcome->seq));
    return;
  }
  Error error = protocol::error_of(outcome.error());
  error.ref = ref;
  refuse(error, now);
}

void Session::handle(const protocol::Hello&, Moment now) { say_welcome(now); }

void Session::handle(protocol::Subscribe& message, Moment now) {
  at_.publisher.catch_up(now);
  if (!has_room_for(0)) return;  // `subscribed` goes out through fan-out, but waits with the other replies
  const bool is_of_then = message.at || message.replay;
  if (const auto refusal = is_of_then ? at_.replays.refuse(number_, message, now) : std::nullopt) {
    refuse(*refusal, now);
    return;
  }
  if (const auto refusal = refuse_bare(message, at_.channels)) {
    refuse(*refusal, now);
    return;
  }
  Subscription* found = subscriptions_.find(message.id);
  const bool is_known = found != nullptr || at_.replays.has(number_, message.id);
  if (!is_known && subscriptions_.size() + at_.replays.of(number_) >= at_.options.session.subscriptions_max) {
    refuse({ErrorCode::limit_subscriptions, "this connection has limits.subscriptions subscriptions", "id", message.ref, message.id}, now);
    return;
  }
  const fanout::Period period = fanout::period_for(message.rate, at_.options.fanout.tick);
  auto view = std::make_shared<const view::View>(std::move(message.query), rights_, at_.channels);
  if (found != nullptr && !is_of_then) {
    found->wants_snapshot = message.snapshot;
    found->recent = message.recent;
    at_.fanout.replace(*found, std::move(view), period, now.instant);
    return;
  }
  end(message.id);  // between what was and what is there is no difference to be told: it begins anew
  if (is_of_then) {
    at_.replays.begin(number_, link_, message, std::move(view), period, now);
    return;
  }
  const SubscribedReason reason = admit(message.since, at_.options.epoch, *view, at_.fanout.log());
  Subscription& subscription = subscriptions_.add(std::make_unique<Subscription>(link_, at_.encoder, message.id, std::move(view), period));
  subscription.wants_snapshot = message.snapshot;
  subscription.recent = message.recent;
  if (reason == SubscribedReason::resumed) {
    at_.fanout.resume(subscription, message.since->seq, now.instant);
  } else {
    at_.fanout.subscribe(subscription, reason, message.since ? std::optional{message.since->seq} : std::nullopt, now.instant);
  }
}

void Session::handle(const protocol::Unsubscribe& message, Moment now) {
  if (!end(message.id)) return refuse_unknown(message.id, message.ref, now);
  reply(protocol::write_unsubscribed(message.id));
}

void Session::handle(const protocol::SnapshotAgain& message, Moment now) {
  at_.publisher.catch_up(now);
  if (Subscription* subscription = subscriptions_.find(message.id)) {
    subscription->wants_snapshot = true;  // asked for now: always answered, also of event channels only
    at_.fanout.restart(*subscription, now.instant);
  } else if (!at_.replays.has(number_, message.id)) {
    refuse_unknown(message.id, message.ref, now);
  } else if (!at_.replays.restart(number_, message.id, now.instant)) {
    refuse({ErrorCode::unavailable, "it has been told to its end, and nothing of it is kept: subscribe again", "id", message.ref, message.id}, now);
  }
}

void Session::handle(protocol::Publish& message, Moment now) {
  Ticket ticket{number_, std::move(message.ref)};
  const Offered offered = at_.publisher.offer(message.update, ticket, now);
  if (std::holds_alternative<Later>(offered)) {
    turn_.await();
  } else if (std::holds_alternative<Full>(offered)) {
    message.ref = std::move(ticket.ref);
    turn_.hold(std::move(message));
  } else {
    tell(ticket.ref, std::get<Outcome>(offered), now);
  }
}

void Session::handle(const protocol::Ping& message, Moment now) { reply(protocol::write_pong(message.ref, now.timestamp)); }

void Session::handle(const protocol::Token& message, Moment now) {
  refuse({ErrorCode::unavailable, "this server asks for no token", "token", message.ref, {}}, now);
}

void Session::say_welcome(Moment now) {
  const SessionOptions& session = at_.options.session;
  reply(protocol::write(protocol::Welcome{.session = std::string{name_.text()},
                                          .epoch = at_.options.epoch,
                                          .time = now.timestamp,
                                          .tick = at_.options.fanout.tick,
                                          .heartbeat = session.heartbeat,
                                          .timeout = session.timeout,
                                          .message_bytes = session.message_bytes,
                                          .frame_bytes = at_.options.fanout.frame_bytes,
                                          .subscriptions = session.subscriptions_max,
                                          .channels_per_subscription = protocol::kChannelsPerSubscriptionMax,
                                          .publish_per_second = messages_per_second_,
                                          .server = session.server}));
}

void Session::say_bye() {
  if (is_closed_ || turn_.is_awaiting()) return;
  reply(protocol::write_bye("restart", reconnect_));
  close(ws::close_code::kServiceRestart, "restart");
}

void Session::reply(const std::string& text) {
  if (has_room_for(text.size())) link_.send(Frame::text(text));
}

bool Session::has_room_for(std::size_t bytes) {
  if (is_closed_) return false;
  if (link_.waiting_bytes() + bytes <= at_.options.session.backlog_bytes) return true;
  link_.send(Frame::text(protocol::write(Error{ErrorCode::backlog, "replies wait unread over limits.backlog_bytes", {}, {}, {}})));
  close(ws::close_code::kTryAgainLater, "backlog");
  return false;
}

void Session::refuse(const Error& error, Moment now) {
  reply(protocol::write(error));
  if (abuse_.is_reached(error.code, at_.options.session, now.instant)) close(ws::close_code::kAbuse, "too many bad messages");
}

void Session::close(std::uint16_t code, std::string_view reason) {
  if (std::exchange(is_closed_, true)) return;
  turn_.drop_held();
  end_subscriptions();
  link_.close(code, reason);
}

void Session::end_subscriptions() {
  for (const auto& subscription : subscriptions_) at_.fanout.unsubscribe(*subscription);
  subscriptions_.clear();
  at_.replays.end_all(number_);
}

bool Session::end(std::uint32_t id) {
  if (at_.replays.end(number_, id)) return true;
  Subscription* found = subscriptions_.find(id);
  if (found == nullptr) return false;
  at_.fanout.unsubscribe(*found);
  subscriptions_.erase(id);
  return true;
}

void Session::refuse_unknown(std::uint32_t id, const std::optional<std::string>& ref, Moment now) {
  refuse({ErrorCode::unknown_id, "no subscription has this id", "id", ref, id}, now);
}

}  // namespace starling::session

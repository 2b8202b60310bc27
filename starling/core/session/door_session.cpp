#include "starling/core/session/door_session.hpp"

#include <variant>

#include "starling/core/ws/close_code.hpp"

namespace starling::session {

DoorSession::DoorSession(const Surroundings& surroundings, protocol::Dialect& dialect, protocol::DialectTimes& times, fanout::Link& link, std::uint64_t number, view::RightsPtr rights, Moment now)
    : at_(surroundings), dialect_(dialect), times_(times), link_(link), number_(number), rights_(std::move(rights)), liveness_(at_.options.session, now.instant) {
  times_.now = now.timestamp;
  for (protocol::Part& part : dialect_.everything().parts) {
    parts_.emplace_back(link, dialect.encoder(), part.number, view_of(std::move(part.query)), told_of(part), at_.options.fanout.tick);
  }
  protocol::Dialect::Opening opening = dialect_.open(*parts_.front().subscription.view);
  link_.send_if(std::move(opening.frame));
  for (Part& part : parts_) at_.fanout.join(part.subscription, opening.seq, now.instant);
}

DoorSession::~DoorSession() { end_parts(); }

void DoorSession::receive(std::string_view text, Moment now) {
  if (is_closed_) return;
  heard(now.instant);
  times_.now = now.timestamp;
  protocol::Asked asked = dialect_.read(text, chosen_);
  if (auto* wanted = std::get_if<protocol::Look>(&asked)) {
    look(std::move(*wanted), now);
  } else if (const auto* answer = std::get_if<protocol::Say>(&asked)) {
    say(answer->text);
  } else if (std::holds_alternative<protocol::Again>(asked)) {
    at_.publisher.catch_up(now);
    say_state(now);
  }
}

void DoorSession::drained(Moment now) {
  if (is_closed_) return;
  liveness_.drained();
  times_.now = now.timestamp;
  said_bytes_ = 0;
  if (is_state_due_) say_state(now);
  for (Part& part : parts_) at_.fanout.drained(part.subscription, now.instant);
}

void DoorSession::on_time(Moment now) {
  if (is_closed_) return;
  times_.now = now.timestamp;
  switch (liveness_.check(at_.options.session, now.instant, link_.is_stalled() ? std::optional{link_.taken_bytes()} : std::nullopt)) {
    case Liveness::Verdict::dead: close(ws::close_code::kTimeout, "nothing heard"); return;
    case Liveness::Verdict::heartbeat_due:
      link_.ping();
      if (link_.is_writable()) say(dialect_.heartbeat());
      return;
    case Liveness::Verdict::alive: return;
  }
}

void DoorSession::leave() { close(ws::close_code::kGoingAway, "restart"); }

view::ViewPtr DoorSession::view_of(view::Query query) const { return std::make_shared<const view::View>(std::move(query), rights_, at_.channels); }

void DoorSession::look(protocol::Look look, Moment now) {
  at_.publisher.catch_up(now);
  auto next = look.parts.begin();
  for (Part& part : parts_) {
    fanout::Subscription& subscription = part.subscription;
    auto view = view_of(std::move(next->query));
    const bool is_same = subscription.id == next->number && view->text() == subscription.view->text();
    subscription.id = next->number;
    if (!is_same) at_.fanout.replace(subscription, std::move(view), subscription.period, now.instant, std::exchange(part.told, told_of(*next)));
    ++next;
  }
}

void DoorSession::say_state(Moment now) {
  // What came since its beat is in the state, and would never be taken back if it went before the next.
  if (link_.is_writable()) {
    for (Part& part : parts_) at_.fanout.hasten(part.subscription, now.instant);
  }
  is_state_due_ = !link_.is_writable();
  if (is_state_due_) return;
  const fanout::Subscription& first = parts_.front().subscription;
  link_.send_if(dialect_.state(*first.view, first.id));
}

void DoorSession::say(std::string_view text) {
  if (is_closed_) return;
  auto frame = fanout::Frame::text(text);
  if (link_.waiting_bytes() == 0) said_bytes_ = 0;
  said_bytes_ += frame->wire().size();
  if (said_bytes_ > at_.options.session.backlog_bytes) return close(ws::close_code::kTryAgainLater, "backlog");
  link_.send(std::move(frame));
}

void DoorSession::close(std::uint16_t code, std::string_view reason) {
  if (std::exchange(is_closed_, true)) return;
  end_parts();
  link_.close(code, reason);
}

void DoorSession::end_parts() {
  for (Part& part : parts_) at_.fanout.unsubscribe(part.subscription);
}

}  // namespace starling::session

#include "starling/server/hub_line.hpp"

#include "starling/io/net/system_clock.hpp"

namespace starling {
namespace {

/// Taken in one step: what they make for viewers goes out at the end of a turn, so a long run of them must not fill the sockets first.
constexpr int kBatchesPerStep = 4;

}  // namespace

HubLine::HubLine(net::EventLoop& loop, HubDesk& desk, BatchRing& ring, std::size_t reader, HubLineOptions options)
    : loop_(loop),
      desk_(desk),
      ring_(ring),
      reader_(reader),
      options_(options),
      mailbox_(loop,
               [this] {
                 has_mail_ = true;
                 receive();
               }),
      batches_wake_(loop, [this] { receive(); }) {}

session::Offered HubLine::offer(state::Update& update, session::Ticket& ticket, Moment) {
  // Who comes when others wait for room waits behind them.
  if (!has_room() || (!without_room_.empty() && !is_offering_again_)) {
    without_room_.push_back(ticket.session);
    return session::Full{};
  }
  const std::size_t bytes = update.bytes() + (ticket.ref ? ticket.ref->size() : 0);
  ++publishes_;
  bytes_ += bytes;
  Request request{.updates = {}, .to = std::move(ticket), .bytes = bytes, .from = this};
  request.updates.push_back(std::move(update));
  desk_.ask(std::move(request));
  return session::Later{};
}

void HubLine::catch_up(Moment now) {
  while (take_batch(now)) {
  }
}

void HubLine::publish(std::vector<state::Update> run, routes::RunDone done) {
  desk_.ask({.updates = std::move(run), .to = std::move(done), .bytes = 0, .from = this});
}

void HubLine::receive() {
  const Moment now = net::now();
  if (answers_.empty() && std::exchange(has_mail_, false)) {
    answers_ = mailbox_.take();
    answers_after_ = ring_.head();  // their batches were handed on before them
  }
  for (int i = 0; i < kBatchesPerStep && take_batch(now); ++i) {
  }
  if (head() >= answers_after_) give_answers(now);
  if (head() < ring_.head() || has_mail_ || !answers_.empty()) receive_later();
}

void HubLine::receive_later() {
  if (std::exchange(is_receiving_, true)) return;
  loop_.defer([this] {
    is_receiving_ = false;
    receive();
  });
}

bool HubLine::take_batch(Moment now) {
  log::BatchPtr batch = ring_.take(reader_);
  if (!batch) return false;
  if (ring_.claim_wish_for_room()) desk_.room_made();
  shard_->take(std::move(batch), now);
  return true;
}

void HubLine::give_answers(Moment now) {
  for (Answer& answer : std::exchange(answers_, {})) {
    if (const auto* ticket = std::get_if<session::Ticket>(&answer.to)) {
      --publishes_;
      bytes_ -= answer.bytes;
      shard_->answer(*ticket, answer.outcomes.front(), now);
    } else {
      std::get<routes::RunDone>(answer.to)(std::move(answer.outcomes));
    }
  }
  while (!without_room_.empty() && has_room()) {
    const std::uint64_t session = without_room_.front();
    without_room_.pop_front();
    is_offering_again_ = true;
    shard_->offer_again(session, now);
    is_offering_again_ = false;
  }
}

}  // namespace starling

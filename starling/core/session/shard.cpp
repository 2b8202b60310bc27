#include "starling/core/session/shard.hpp"

#include <algorithm>

#include "starling/core/session/event_stream.hpp"
#include "starling/core/session/poll.hpp"

namespace starling::session {

Shard::Shard(ShardOptions options, const state::KnownChannels& declared, Publisher& publisher)
    : options_(std::move(options)),
      fanout_(options_.fanout),
      channels_(declared),
      replays_(channels_, options_.fanout, options_.replay),
      surroundings_{fanout_, encoder_, channels_, publisher, replays_, options_},
      doors_(options_.doors, surroundings_),
      sweep_period_(std::min<Duration>(options_.session.heartbeat / 4, std::chrono::seconds{1})) {}

Session& Shard::open(fanout::Link& link, std::string_view name, Moment now, view::RightsPtr rights, std::uint32_t messages_per_second) {
  if (!swept_at_) swept_at_ = now.instant;
  return sessions_.add([&](std::uint64_t number) {
    return std::make_unique<Session>(surroundings_, link, number, name, std::move(rights), messages_per_second, now);
  });
}

void Shard::close(Session& session) { sessions_.take(session.number()); }

DoorSession& Shard::open_door(std::size_t door, fanout::Link& link, Moment now, view::RightsPtr rights) {
  surroundings_.publisher.catch_up(now);
  if (!swept_at_) swept_at_ = now.instant;
  return doors_.open(door, link, std::move(rights), now);
}

template <class Make>
Reading& Shard::open_reading(Make&& make, Moment now) {
  surroundings_.publisher.catch_up(now);
  if (!swept_at_) swept_at_ = now.instant;
  Reading& reading = readings_.add(make);
  reading.begin(now);
  if (const auto due = reading.wait_due(); due && !reading.is_over()) waits_.emplace(*due, reading.number());
  return reading;
}

Reading& Shard::stream(fanout::Outlet& out, protocol::Subscribe asked, Moment now, view::RightsPtr rights) {
  const auto make = [&](std::uint64_t number) { return std::make_unique<EventStream>(surroundings_, out, number, std::move(asked), std::move(rights), now); };
  return open_reading(make, now);
}

Reading& Shard::poll(fanout::Outlet& out, protocol::Subscribe asked, Duration wait, Moment now, view::RightsPtr rights) {
  const auto make = [&](std::uint64_t number) { return std::make_unique<Poll>(surroundings_, out, number, std::move(asked), wait, std::move(rights), now); };
  return open_reading(make, now);
}

void Shard::close(Reading& reading) {
  if (const auto due = reading.wait_due()) waits_.erase({*due, reading.number()});
  readings_.take(reading.number());
}

void Shard::answer(const Ticket& ticket, const Outcome& outcome, Moment now) {
  if (Session* found = sessions_.find(ticket.session)) found->answered(ticket.ref, outcome, now);
}

void Shard::offer_again(std::uint64_t session, Moment now) {
  if (Session* found = sessions_.find(session)) found->offer_again(now);
}

void Shard::take(log::BatchPtr batch, Moment now) {
  for (const state::Channel* channel : batch->channels) channels_.add(*channel);
  bytes_since_sweep_ += batch->bytes;
  doors_.tell_batch_time(batch->time);
  doors_.tell_time(now.timestamp);
  fanout_.take(std::move(batch), now.instant);
  // Progress is due by bytes as well as by time: a sixteenth of the log is well before the quarter that viewers are promised.
  if (bytes_since_sweep_ > options_.fanout.log_bytes / 16) sweep(now);
}

void Shard::leave(Duration spread, Random& random) {
  // As many parts as there are viewers, and each has one with a moment in it drawn: evenly spread on each shard, and nobody's neighbour by order.
  const double part = static_cast<double>(spread.count()) / static_cast<double>(std::max<std::size_t>(1, sessions_.size() + readings_.size()));
  double place = 0;
  const auto next = [&] { return Duration{static_cast<Duration::rep>((place++ + random.unit()) * part)}; };
  sessions_.for_each([&](Session& session) { session.leave(next()); });
  readings_.for_each([&](Reading& reading) { reading.leave(next()); });
  doors_.leave();
}

void Shard::on_time(Moment now) {
  doors_.tell_time(now.timestamp);
  fanout_.on_time(now.instant);
  replays_.on_time(now.instant);
  while (!waits_.empty() && waits_.begin()->first <= now.instant) {
    Reading* const found = readings_.find(waits_.begin()->second);
    waits_.erase(waits_.begin());
    if (found != nullptr) found->wait_is_over();
  }
  if (swept_at_ && now.instant >= *swept_at_ + sweep_period_) sweep(now);
}

std::optional<Instant> Shard::next_due() const noexcept {
  std::optional<Instant> due = fanout_.next_due();
  const auto consider = [&due](Instant next) { due = std::min(due.value_or(next), next); };
  if ((!sessions_.empty() || !readings_.empty() || doors_.sessions() > 0) && swept_at_) consider(*swept_at_ + sweep_period_);
  if (!waits_.empty()) consider(waits_.begin()->first);
  if (const auto replay = replays_.next_due()) consider(*replay);
  return due;
}

void Shard::sweep(Moment now) {
  const Duration missed = swept_at_ ? Liveness::missed_time(*swept_at_, sweep_period_, now.instant) : Duration{0};
  swept_at_ = now.instant;
  bytes_since_sweep_ = 0;
  fanout_.tend_jobs(now.instant);
  replays_.tend(now.instant);
  if (missed > Duration{0}) {
    sessions_.for_each([&](Session& session) { session.missed(missed, now.instant); });
    readings_.for_each([&](Reading& reading) { reading.missed(missed, now.instant); });
    doors_.missed(missed, now.instant);
  }
  sessions_.for_each([&](Session& session) { session.on_time(now); });
  readings_.for_each([&](Reading& reading) { reading.on_time(now); });
  doors_.on_time(now);
}

}  // namespace starling::session

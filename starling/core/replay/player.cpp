#include "starling/core/replay/player.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace starling::replay {

Player::Player(const state::KnownChannels& channels, fanout::Link& link, Telling telling, Plan plan, fanout::FanoutOptions options,
               const std::vector<Row>& state, Moment now)
    : plan_(plan),
      link_(link),
      began_at_(now.instant),
      world_(channels),
      fanout_(options),
      encoder_([this](state::Seq seq) { return time_of(seq); }),
      viewer_(link, encoder_, telling.id, std::move(telling.view), telling.period),
      has_more_(plan.to.has_value()) {
  viewer_.wants_snapshot = telling.wants_snapshot;
  fanout_.take_up(world_.begin(state), {});
  fanout_.subscribe(viewer_, fanout::SubscribedReason::fresh, std::nullopt, now.instant);
  end_if_told();
}

void Player::add(CoursePage page, Instant now) {
  std::ranges::move(page.rows, std::back_inserter(rows_));
  cursor_ = page.cursor;
  has_more_ = page.has_more;
  on_time(now);
}

void Player::on_time(Instant now) {
  if (is_over_) return;
  play(now);
  fanout_.on_time(now);
  end_if_told();
}

std::optional<Instant> Player::next_due() const {
  if (is_over_) return std::nullopt;
  std::optional<Instant> due = fanout_.next_due();
  const auto consider = [&due](Instant next) { due = std::min(due.value_or(next), next); };
  if (is_next_whole()) {
    consider(when(rows_.front().at));
  } else if (plan_.to && !has_more_ && !has_reached_end_) {
    consider(when(*plan_.to));
  }
  return due;
}

void Player::drained(Instant now) {
  fanout_.drained(viewer_, now);
  end_if_told();
}

Timestamp Player::then(Instant now) const {
  const double passed_ms = static_cast<double>((now - began_at_).count()) / 1e3 * plan_.speed;
  const double left_ms = plan_.to ? static_cast<double>((*plan_.to - plan_.from).count()) : 0;
  return plan_.from + Timestamp::duration{static_cast<Timestamp::rep>(std::min(passed_ms, left_ms))};
}

Instant Player::when(Timestamp then) const {
  const double passed_us = static_cast<double>((then - plan_.from).count()) * 1e3 / plan_.speed;
  return began_at_ + Duration{static_cast<Duration::rep>(std::max(passed_us, 0.0)) + 1};  // a whole one later: never a moment too early
}

Timestamp Player::time_of(state::Seq seq) const {
  const log::Log& log = fanout_.log();
  const log::Batch* batch = log.find(std::min(seq, log.head()));
  return batch ? batch->time : plan_.from;
}

void Player::play(Instant now) {
  const Timestamp upto = then(now);
  std::vector<Row> due;
  has_reached_end_ = plan_.to && upto >= *plan_.to;
  while (is_next_whole() && rows_.front().at <= upto) {
    due.push_back(std::move(rows_.front()));
    rows_.pop_front();
  }
  if (due.empty()) return;
  const Timestamp time = due.back().at;
  if (auto batch = world_.next(due, time)) fanout_.take(std::move(batch), now);
}

bool Player::is_all_told() const {
  switch (viewer_.standing()) {
    case fanout::Standing::member: return fanout_.position(viewer_) == fanout_.log().head();
    case fanout::Standing::idle: return true;  // paused
    default: return false;
  }
}

void Player::end_if_told() {
  if (is_over_ || has_more_ || !rows_.empty() || (plan_.to && !has_reached_end_) || !is_all_told()) return;
  is_over_ = true;
  if (plan_.to) link_.send(encoder_.subscribed(viewer_.id, fanout_.log().head(), *viewer_.view, fanout::SubscribedReason::ended, {}));
}

}  // namespace starling::replay

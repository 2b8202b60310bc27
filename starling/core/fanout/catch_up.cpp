#include "starling/core/fanout/catch_up.hpp"

#include <algorithm>

#include "starling/core/state/ahead.hpp"

namespace starling::fanout {

CatchUp::CatchUp(log::FoldPtr fold, view::ViewPtr was, view::ViewPtr is, CatchUpOptions options)
    : fold_(std::move(fold)), was_(std::move(was)), is_(std::move(is)), must_send_(options.must_send), part_bytes_(options.part_bytes) {
  gather_events(options.event_bytes_max);
}

CatchUp::CatchUp(CutDifferencePtr difference, view::ViewPtr view, CatchUpOptions options, std::vector<Gap> gaps)
    : difference_(std::move(difference)), was_(view), is_(std::move(view)), must_send_(options.must_send), part_bytes_(options.part_bytes), gaps_(std::move(gaps)) {}

void CatchUp::gather_events(std::size_t bytes_max) {
  std::size_t bytes = 0;
  for (const state::EventPtr& event : fold_->events) {
    if (!is_->shows(*event)) continue;
    bytes += event->bytes();
    events_.push_back(event.get());
  }
  if (bytes <= bytes_max) return;
  for (const state::Event* event : events_) add_gap(gaps_, *event->channel, fold_->after, fold_->upto + 1);
  events_.clear();
}

bool CatchUp::send_part(Subscription& to) {
  Encoder& encoder = to.encoder;
  encoder.begin_for(to.id, *to.view);
  std::string fragment;
  // What would go over the part waits until there is something more to tell: so no part is ever empty.
  const auto is_full = [&] { return encoder.bytes() >= part_bytes_; };
  const auto end_part = [&](bool more) {
    to.link.send_if(encoder.finish_update(seq(), more));
    return !more;
  };
  while (true) {
    for (; next_waiting_ < waiting_.size(); ++next_waiting_) {
      const view::Transition& transition = waiting_[next_waiting_];
      fragment.clear();
      const auto told = encoder.write(fragment, change_.identity().key, transition, *was_, *is_);
      if (!told) continue;
      if (is_full()) return end_part(true);
      encoder.add(*transition.channel, *told, fragment);
    }
    if (!next_change()) break;
    waiting_.clear();
    next_waiting_ = 0;
    if (was_ == is_ && change_.after && change_.is_announcement()) encoder.add_announcement(change_);
    view::for_each_transition(*was_, *is_, change_, [this](const view::Transition& transition) { waiting_.push_back(transition); });
  }
  for (const Gap& gap : gaps_) encoder.add(gap);
  gaps_.clear();
  for (; next_event_ < events_.size(); ++next_event_) {
    if (is_full()) return end_part(true);
    const state::Event& event = *events_[next_event_];
    fragment.clear();
    encoder.write(fragment, event, *is_);
    encoder.add_event(*event.channel, fragment);
  }
  if (encoder.is_empty() && !must_send_) return true;
  return end_part(false);
}

bool CatchUp::next_change() {
  const std::size_t count = fold_ ? fold_->changes.size() : difference_->size();
  if (changes_taken_ == count) return false;
  if (fold_) {
    state::ahead::ask_behind(changes_taken_, count, [this](std::size_t i) {
      const state::Change& change = fold_->changes[i];
      return change.after ? change.after.get() : change.before.get();
    });
  }
  change_ = fold_ ? fold_->changes[changes_taken_] : (*difference_)[changes_taken_];
  ++changes_taken_;
  return true;
}

void add_gap(std::vector<Gap>& gaps, const state::Channel& channel, Seq after, Seq before) {
  if (std::ranges::none_of(gaps, [&](const Gap& gap) { return gap.channel == &channel; })) gaps.push_back({&channel, after, before});
}

}  // namespace starling::fanout

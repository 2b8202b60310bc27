#include "starling/core/fanout/fanout.hpp"

#include <algorithm>

namespace starling::fanout {

void Fanout::take(log::BatchPtr batch, Instant now) {
  on_time(now);  // a beat that is due comes before what it could not have known
  ++counters_.batches;
  for (const state::Change& change : batch->changes) state_.apply(change);
  for (const state::EventPtr& event : batch->events) {
    if (event->channel->index >= event_marks_.size()) event_marks_.resize(event->channel->index + 1);
    event_marks_[event->channel->index] = {event->channel, batch->seq};
  }
  log_.append(batch);
  for (auto& [period, pace_class] : classes_) {
    pace_class.take(*batch, now);
    serve_owed(pace_class, now);
  }
}

void Fanout::on_time(Instant now) {
  for (auto& [period, pace_class] : classes_) {
    const bool was_beat = pace_class.on_time(now);
    serve_owed(pace_class, now);
    if (!was_beat) continue;
    const std::vector<Subscription*> laggards = pace_class.laggards();
    for (Subscription* viewer : laggards) {
      if (viewer->link.is_writable()) {
        catch_up(*viewer, now);
      } else {
        viewer->is_overdue = true;
      }
    }
  }
  folds_.clear();
}

std::optional<Instant> Fanout::next_due() const noexcept {
  std::optional<Instant> due;
  for (const auto& [period, pace_class] : classes_) {
    const std::optional<Instant> next = pace_class.next_due();
    if (next && (!due || *next < *due)) due = next;
  }
  return due;
}

void Fanout::subscribe(Subscription& viewer, SubscribedReason reason, std::optional<Seq> lost_after, Instant now) {
  const bool has_lost = reason == SubscribedReason::expired && lost_after;
  counters_.expired += has_lost;
  answer(viewer, reason, has_lost ? lost_events(*viewer.view, *lost_after) : std::vector<Gap>{});
  begin_snapshot(viewer, now);
}

void Fanout::resume(Subscription& viewer, Seq since, Instant now) {
  if (!folds_.since(since)) {  // the log reaches back, but it missed more than a fold may hold
    subscribe(viewer, SubscribedReason::expired, since, now);
    return;
  }
  viewer.cursor = since;
  viewer.shown = viewer.view;
  viewer.owes_update = true;
  answer(viewer, SubscribedReason::resumed);
  catch_up(viewer, now);
}

void Fanout::replace(Subscription& viewer, view::ViewPtr view, Period period, Instant now) {
  leave_class(viewer);
  const Seq begun = viewer.job ? viewer.job->seq() : viewer.cursor;
  end_job(viewer);
  viewer.view = std::move(view);
  viewer.period = period;
  if (!viewer.shown) {  // it has nothing whole yet: begin again with what it wants now
    const std::vector<Gap> gaps = lost_events(*viewer.view, begun);
    answer(viewer, gaps.empty() ? SubscribedReason::fresh : SubscribedReason::expired, gaps);
    begin_snapshot(viewer, now);
    return;
  }
  log::FoldPtr fold = fold_of_replacement(*viewer.shown, *viewer.view, viewer.cursor);
  if (!fold) {
    expire(viewer, now);
    return;
  }
  answer(viewer, SubscribedReason::replaced);
  const CatchUpOptions options{.event_bytes_max = options_.missed_event_bytes_max, .part_bytes = options_.part_bytes, .must_send = true};
  begin_job(viewer, std::make_unique<CatchUp>(std::move(fold), viewer.shown, viewer.view, options), now);
}

void Fanout::restart(Subscription& viewer, Instant now) {
  leave_class(viewer);
  if (viewer.is_abandoned) return;  // it gets one when its socket drains
  // One from now may be under way already: it is that one. An earlier one is finished first, and so is what is still to be told: a snapshot holds
  // no events.
  if (viewer.job && !viewer.shown && viewer.job->seq() == log_.head()) return;
  viewer.wants_restart = true;
  if (!viewer.job) catch_up(viewer, now);
}

void Fanout::unsubscribe(Subscription& viewer) {
  leave_class(viewer);
  end_job(viewer);
}

void Fanout::drained(Subscription& viewer, Instant now) {
  if (viewer.is_abandoned) {
    if (viewer.link.is_writable()) expire(viewer, now);
  } else if (viewer.job) {
    run_job(viewer, now);
  } else if (viewer.shown && viewer.audience == nullptr && (viewer.is_overdue || viewer.owes_update)) {
    if (viewer.link.is_writable()) catch_up(viewer, now);
  }
}

std::optional<Seq> Fanout::position(const Subscription& viewer) const {
  if (viewer.audience == nullptr) return std::nullopt;
  return classes_.at(viewer.period).position(viewer);
}

void Fanout::answer(Subscription& viewer, SubscribedReason reason, const std::vector<Gap>& gaps) {
  viewer.link.send(viewer.encoder.subscribed(viewer.id, log_.head(), *viewer.view, reason, gaps));
}

PaceClass& Fanout::class_of(Period period) {
  return classes_.try_emplace(period, period, Desk{log_, folds_, counters_, options_.tick, options_.frame_bytes}).first->second;
}

void Fanout::leave_class(Subscription& viewer) {
  if (const auto found = classes_.find(viewer.period); found != classes_.end()) found->second.dismiss(viewer);
}

void Fanout::settle(Subscription& viewer, Instant now) {
  viewer.is_overdue = false;
  if (viewer.period != kPaused) class_of(viewer.period).admit(viewer, now);
}

void Fanout::catch_up(Subscription& viewer, Instant now) {
  leave_class(viewer);
  log::FoldPtr fold = folds_.since(viewer.cursor);
  if (!fold) {
    expire(viewer, now);
    return;
  }
  ++counters_.catch_ups;
  const CatchUpOptions options{
      .event_bytes_max = options_.missed_event_bytes_max, .part_bytes = options_.part_bytes, .must_send = viewer.owes_update};
  begin_job(viewer, std::make_unique<CatchUp>(std::move(fold), viewer.shown, viewer.view, options), now);
}

void Fanout::expire(Subscription& viewer, Instant now) {
  ++counters_.expired;
  answer(viewer, SubscribedReason::expired, lost_events(*viewer.view, viewer.cursor));
  begin_snapshot(viewer, now);
}

void Fanout::begin_snapshot(Subscription& viewer, Instant now) {
  viewer.shown.reset();
  viewer.owes_update = false;
  viewer.wants_restart = false;
  viewer.is_abandoned = false;
  end_job(viewer);
  if (!viewer.wants_snapshot) {
    viewer.cursor = log_.head();
    viewer.shown = viewer.view;
    settle(viewer, now);
    return;
  }
  ++counters_.snapshots;
  if (const auto& keys = viewer.view->query().filter.keys) {
    std::vector<state::EntityPtr> picked;
    for (const state::Space& space : state_.spaces()) {
      for (const std::string& key : *keys) {
        if (state::EntityPtr entity = space.find(key)) picked.push_back(std::move(entity));
      }
    }
    begin_job(viewer, std::make_unique<Snapshot>(log_.head(), std::move(picked), options_.part_bytes), now);
  } else {
    std::vector<std::shared_ptr<const state::Cut>> cuts;
    for (std::size_t i = 0; i < state_.spaces().size(); ++i) cuts.push_back(cut_of(i));
    begin_job(viewer, std::make_unique<Snapshot>(log_.head(), std::move(cuts), options_.part_bytes), now);
  }
}

void Fanout::abandon_stale_jobs() {
  for (auto entry = busy_.begin(); entry != busy_.end();) {
    Subscription& viewer = **entry;
    if (log_.reaches(viewer.job->seq())) {
      ++entry;
      continue;
    }
    entry = busy_.erase(entry);
    if (!viewer.shown) viewer.cursor = viewer.job->seq();  // the events after it are lost to it
    viewer.shown.reset();
    viewer.job.reset();
    viewer.is_abandoned = true;
  }
}

void Fanout::begin_job(Subscription& viewer, std::unique_ptr<Job> job, Instant now) {
  viewer.job = std::move(job);
  busy_.insert(&viewer);
  run_job(viewer, now);
}

void Fanout::end_job(Subscription& viewer) {
  viewer.job.reset();
  busy_.erase(&viewer);
}

void Fanout::run_job(Subscription& viewer, Instant now) {
  while (viewer.link.is_writable()) {
    if (!viewer.job->send_part(viewer)) continue;
    viewer.cursor = viewer.job->seq();
    viewer.shown = viewer.view;
    viewer.told = viewer.cursor;
    viewer.owes_update = false;
    end_job(viewer);
    if (!viewer.wants_restart) {
      settle(viewer, now);
    } else if (viewer.cursor == log_.head()) {
      begin_snapshot(viewer, now);
    } else {
      catch_up(viewer, now);
    }
    return;
  }
}

std::vector<Gap> Fanout::lost_events(const view::View& view, Seq after) const {
  std::vector<Gap> gaps;
  for (const EventMark& mark : event_marks_) {
    if (mark.channel && mark.seq > after && view.shows(*mark.channel)) gaps.push_back({mark.channel, after, log_.head() + 1});
  }
  return gaps;
}

void Fanout::serve_owed(PaceClass& pace_class, Instant now) {
  for (Subscription* viewer : pace_class.take_owed()) catch_up(*viewer, now);
}

log::FoldPtr Fanout::fold_of_replacement(const view::View& was, const view::View& is, Seq cursor) {
  const log::FoldPtr since = folds_.since(cursor);
  if (!since) return nullptr;
  struct Hash {
    std::size_t operator()(const state::Identity* identity) const noexcept { return identity->hash; }
  };
  struct Equal {
    bool operator()(const state::Identity* a, const state::Identity* b) const noexcept { return a->equals(*b); }
  };
  std::unordered_set<const state::Identity*, Hash, Equal> changed;
  for (const state::Change& change : since->changes) changed.insert(&change.identity());

  // What did not change is compared old view against new: only what one of the two shows can differ.
  auto fold = std::make_shared<log::Fold>(*since);
  const auto is_too_large = [&] { return fold->changes.size() > options_.fold_changes_max; };
  const bool same_columns = was.shows_inside_as(is);
  for (const state::Space& space : state_.spaces()) {
    space.for_each([&](const state::EntityPtr& entity) {
      if (is_too_large()) return;
      const bool was_in = was.membership(*entity) == view::Membership::inside;
      const bool is_in = is.membership(*entity) == view::Membership::inside;
      if ((!was_in && !is_in) || (was_in && is_in && same_columns) || changed.contains(entity->identity.get())) return;
      fold->changes.push_back({entity, entity});
    });
  }
  if (is_too_large()) return nullptr;
  return fold;
}

std::shared_ptr<const state::Cut> Fanout::cut_of(std::size_t space_index) {
  if (space_index >= cuts_.size()) cuts_.resize(space_index + 1);
  std::shared_ptr<const state::Cut> cut = cuts_[space_index].lock();
  if (cut && cut->seq() == log_.head()) return cut;
  cut = std::make_shared<const state::Cut>(state_.cut(static_cast<std::uint32_t>(space_index), log_.head()));
  cuts_[space_index] = cut;
  return cut;
}

}  // namespace starling::fanout

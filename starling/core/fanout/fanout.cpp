#include "starling/core/fanout/fanout.hpp"

#include <algorithm>

#include "starling/core/fanout/replacement.hpp"
#include "starling/core/fanout/selection.hpp"

namespace starling::fanout {
namespace {

/// Whether a later cut is all that is missing.
bool needs_cut(const Subscription& viewer) {
  return viewer.standing() == Standing::awaiting_cut || (viewer.standing() == Standing::left_behind && viewer.link.is_writable());
}

}  // namespace

Fanout::Fanout(FanoutOptions options)
    : options_(options), log_(options.log_bytes), state_(state::Places::indexed), folds_(log_, options.fold_changes_max), cuts_(options.cuts_max) {
  STARLING_CHECK(options.part_bytes > 0);  // an empty part is full: nothing would ever be sent
}

void Fanout::take_up(const log::Past& past, const std::vector<const state::Channel*>& channels) {
  for (const auto& entity : past.entities) state_.apply({nullptr, entity});
  const Seq log_begin = past.batches.empty() ? past.seq : past.batches.front()->seq - 1;
  log_.begin_after(log_begin);
  for (const log::BatchPtr& batch : past.batches) log_.append(batch);
  STARLING_CHECK(log_.head() == past.seq, log_.head(), past.seq);
  for (const state::Channel* channel : channels) {
    if (channel->kind == state::ChannelKind::event) mark_event(*channel, log_begin);
  }
  for (const state::EventPtr& event : past.events) note_event(event);
}

void Fanout::take(log::BatchPtr batch, Instant now) {
  on_time(now);  // a beat that is due comes before what it could not have known
  ++counters_.batches;
  for (const state::Change& change : batch->changes) state_.apply(change);
  for (const state::EventPtr& event : batch->events) note_event(event);
  log_.append(batch);
  News news{*batch, news_fragments_};
  for (auto& [period, pace_class] : classes_) {
    pace_class.take(news, now);
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
        viewer->become_overdue();
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

void Fanout::subscribe(Subscription& viewer, SubscribedReason reason, std::optional<Seq> since, Instant now) {
  // Whatever it asked for then, what it has been told is of that seq; one of another epoch says nothing here.
  if (since && reason != SubscribedReason::epoch) viewer.cursor = std::min(*since, log_.head());
  const bool has_lost = reason == SubscribedReason::expired && since;
  counters_.expired += has_lost;
  begin_anew(viewer, reason, has_lost ? lost_events(*viewer.view, *since) : std::vector<Gap>{}, now);
}

void Fanout::resume(Subscription& viewer, Seq since, Instant now) {
  log::FoldPtr fold = fold_for(*viewer.view, *viewer.view, since);
  if (!fold) {  // the log reaches back, but it missed more than a fold may hold
    subscribe(viewer, SubscribedReason::expired, since, now);
    return;
  }
  viewer.cursor = since;
  viewer.shown = viewer.view;
  answer(viewer, SubscribedReason::resumed);
  ++counters_.catch_ups;
  begin_job(viewer, std::make_unique<CatchUp>(std::move(fold), viewer.shown, viewer.view, catch_up_options(true)), now);
}

void Fanout::follow(Subscription& viewer, Seq since, Instant now) {
  viewer.cursor = since;
  viewer.shown = viewer.view;
  catch_up(viewer, now);
}

void Fanout::join(Subscription& viewer, Seq since, Instant now) {
  viewer.cursor = since;
  viewer.shown = viewer.view;
  settle(viewer, now);
}

void Fanout::replace(Subscription& viewer, view::ViewPtr view, Period period, Instant now, view::ViewPtr told) {
  const Seq begun = viewer.standing() == Standing::sending ? viewer.job()->seq() : viewer.cursor;
  release(viewer);
  const bool is_whole = viewer.shown == viewer.view;  // else the last replacement is on its way, and what it held before is what it was told
  viewer.view = std::move(view);
  viewer.period = period;
  if (viewer.shown && viewer.encoder.reads_state() && !viewer.link.is_writable()) {  // the difference is told when it can be
    if (told && is_whole) viewer.shown = std::move(told);
    viewer.stall();
    return;
  }
  if (!viewer.shown) {  // it has nothing whole yet: begin again with what it wants now
    viewer.cursor = begun;  // but for recent events it may be whole, and nobody is taken back
    const std::vector<Gap> gaps = lost_events(*viewer.view, begun);
    begin_anew(viewer, gaps.empty() ? SubscribedReason::fresh : SubscribedReason::expired, gaps, now);
    return;
  }
  if (told && is_whole) viewer.shown = std::move(told);
  const log::FoldPtr since = fold_for(*viewer.shown, *viewer.view, viewer.cursor);
  std::optional<log::Fold> fold = since ? fold_of_replacement(state_, *viewer.shown, *viewer.view, *since, options_.fold_changes_max) : std::nullopt;
  if (!fold) {
    expire(viewer, now);
    return;
  }
  answer(viewer, SubscribedReason::replaced);
  begin_job(viewer, std::make_unique<CatchUp>(std::make_shared<const log::Fold>(std::move(*fold)), viewer.shown, viewer.view, catch_up_options(true)), now);
}

void Fanout::restart(Subscription& viewer, Instant now) {
  switch (viewer.standing()) {
    case Standing::awaiting_cut:
    case Standing::given_up:
      return;  // it gets one anyway: when it may, or when its socket drains
    case Standing::sending:
      // One from now may be under way already: it is that one. An earlier one is finished first, and so is what is still to be told: a snapshot
      // holds no events.
      if (!viewer.job()->is_showing() || viewer.job()->seq() != log_.head()) viewer.wants_restart = true;
      return;
    case Standing::left_behind:
      viewer.wants_restart = true;
      return;
    case Standing::idle:
    case Standing::member:
    case Standing::lagging:
    case Standing::overdue:
    case Standing::stalled:
    case Standing::owed:
      viewer.wants_restart = true;
      catch_up(viewer, now);
      return;
  }
}

void Fanout::hasten(Subscription& viewer, Instant now) {
  switch (viewer.standing()) {
    case Standing::idle:
    case Standing::member:
    case Standing::lagging:
    case Standing::owed:
      catch_up(viewer, now);
      return;
    case Standing::sending:
    case Standing::overdue:
    case Standing::stalled:
    case Standing::given_up:
    case Standing::left_behind:
    case Standing::awaiting_cut:
      drained(viewer, now);  // nothing of these waits for a beat
      return;
  }
}

void Fanout::unsubscribe(Subscription& viewer) { release(viewer); }

void Fanout::drained(Subscription& viewer, Instant now) {
  if (!viewer.link.is_writable()) return;
  switch (viewer.standing()) {
    case Standing::sending:
      run_job(viewer, now);
      return;
    case Standing::overdue:
      catch_up(viewer, now);
      return;
    case Standing::stalled:
      if (viewer.encoder.reads_state() && viewer.shown != viewer.view) {
        replace(viewer, viewer.view, viewer.period, now);
      } else {
        catch_up(viewer, now);
      }
      return;
    case Standing::given_up:
      expire(viewer, now);
      return;
    case Standing::idle:
    case Standing::member:
    case Standing::lagging:
    case Standing::owed:
    case Standing::left_behind:
    case Standing::awaiting_cut:
      return;  // its socket is not what it waits for
  }
}

void Fanout::tend_jobs(Instant now) {
  const std::vector<Subscription*> busy = busy_;
  const bool is_cut_wanted = cuts_.is_full() && std::ranges::any_of(busy, [](const Subscription* viewer) { return needs_cut(*viewer); });
  for (Subscription* viewer : busy) {
    if (is_to_be_given_up(*viewer, is_cut_wanted, now)) give_up(*viewer, now);
  }
  for (Subscription* viewer : busy) {
    if (!needs_cut(*viewer)) continue;
    if (viewer->standing() == Standing::awaiting_cut && viewer->wants_restart) {
      catch_up(*viewer, now);  // what was said meanwhile is told first: a snapshot holds no events
    } else if (viewer->standing() == Standing::awaiting_cut) {
      begin_snapshot(*viewer, now);
    } else {
      cross_gap(*viewer, now);
    }
  }
}

bool Fanout::is_to_be_given_up(const Subscription& viewer, bool is_cut_wanted, Instant now) const {
  const auto is_long_ago = [&](Instant since) { return now - since >= options_.idle_job_max; };
  switch (viewer.standing()) {
    case Standing::sending:
      return is_long_ago(viewer.errand->progressed_at) || (is_cut_wanted && viewer.job()->cut() && is_long_ago(viewer.errand->began_at));
    case Standing::left_behind:
      return !needs_cut(viewer) && is_long_ago(viewer.errand->progressed_at);
    case Standing::awaiting_cut:  // holds nothing
    case Standing::idle:
    case Standing::member:
    case Standing::lagging:
    case Standing::overdue:
    case Standing::stalled:
    case Standing::owed:
    case Standing::given_up:
      return false;
  }
  return false;
}

void Fanout::give_up(Subscription& viewer, Instant now) {
  if (viewer.standing() == Standing::sending && !viewer.shown) viewer.cursor = viewer.job()->seq();  // the events after it are lost to it
  viewer.shown.reset();
  release(viewer);
  viewer.give_up();
  if (viewer.link.is_writable()) expire(viewer, now);
}

std::optional<Seq> Fanout::position(const Subscription& viewer) const {
  if (viewer.standing() != Standing::member) return std::nullopt;
  return classes_.at(viewer.period).position(*viewer.audience);
}

void Fanout::note_event(const state::EventPtr& event) {
  mark_event(*event->channel, event->seq);
  tails_.add(event);
}

void Fanout::mark_event(const state::Channel& channel, Seq seq) {
  if (channel.index >= event_marks_.size()) {
    event_marks_.resize(channel.index + 1);
    event_channels_.resize(channel.index + 1);
  }
  event_channels_[channel.index] = &channel;
  event_marks_[channel.index] = std::max(event_marks_[channel.index], seq);
}

void Fanout::answer(Subscription& viewer, SubscribedReason reason, const std::vector<Gap>& gaps) {
  viewer.link.send_if(viewer.encoder.subscribed(viewer.id, log_.head(), *viewer.view, reason, gaps));
}

PaceClass& Fanout::class_of(Period period) {
  return classes_.try_emplace(period, period, Desk{log_, counters_, map_, sheets_, options_.tick, options_.frame_bytes,
                                                   std::max(options_.log_bytes, options_.missed_event_bytes_max)})
      .first->second;
}

void Fanout::enlist(Subscription& viewer) {
  viewer.list_at(busy_.size());
  busy_.push_back(&viewer);
}

void Fanout::release(Subscription& viewer) {
  switch (viewer.standing()) {
    case Standing::member:
    case Standing::lagging:
    case Standing::overdue:
    case Standing::owed:
      classes_.at(viewer.period).dismiss(viewer);
      return;
    case Standing::sending:
    case Standing::left_behind:
    case Standing::awaiting_cut:
      STARLING_CHECK(busy_[viewer.list_index] == &viewer, viewer.list_index);
      busy_.back()->list_index = viewer.list_index;
      busy_[viewer.list_index] = busy_.back();
      busy_.pop_back();
      viewer.rest();
      return;
    case Standing::idle:
    case Standing::stalled:
    case Standing::given_up:
      viewer.rest();
      return;
  }
}

void Fanout::settle(Subscription& viewer, Instant now) {
  if (viewer.period != kPaused) class_of(viewer.period).admit(viewer, now);
}

void Fanout::catch_up(Subscription& viewer, Instant now, log::FoldPtr fold) {
  release(viewer);
  if (!viewer.link.is_writable()) {  // its cursor is enough until then, and what it is told then is of then
    viewer.stall();
    return;
  }
  if (!fold) fold = fold_for(*viewer.shown, *viewer.view, viewer.cursor);
  if (!fold) {
    expire(viewer, now);
    return;
  }
  ++counters_.catch_ups;
  begin_job(viewer, std::make_unique<CatchUp>(std::move(fold), viewer.shown, viewer.view, catch_up_options(false)), now);
}

void Fanout::expire(Subscription& viewer, Instant now) {
  ++counters_.expired;
  begin_anew(viewer, SubscribedReason::expired, lost_events(*viewer.view, viewer.cursor), now);
}

void Fanout::begin_anew(Subscription& viewer, SubscribedReason reason, const std::vector<Gap>& gaps, Instant now) {
  answer(viewer, reason, gaps);
  viewer.wants_restart = false;  // this is it, with all that comes to begin with
  begin_snapshot(viewer, now);
}

void Fanout::begin_snapshot(Subscription& viewer, Instant now) {
  const bool is_again = std::exchange(viewer.wants_restart, false);
  const view::ViewPtr shown = std::exchange(viewer.shown, nullptr);
  release(viewer);
  const Seq head = log_.head();
  if (viewer.encoder.reads_state()) {
    tell_state(viewer, now);
    return;
  }
  SnapshotOptions options{.part_bytes = options_.part_bytes};
  const auto recent_up_to = [&](Seq seq) {
    if (viewer.recent > 0 && !is_again) options.recent = tails_.newest(*viewer.view, viewer.recent, seq);
  };
  if (!viewer.wants_snapshot) {
    recent_up_to(head);
    if (!options.recent.empty()) {
      begin_job(viewer, std::make_unique<Snapshot>(head, std::move(options)), now);
      return;
    }
    viewer.cursor = head;
    viewer.shown = viewer.view;
    settle(viewer, now);
    return;
  }
  std::unique_ptr<Job> job;
  if (auto few = select_few(state_, *viewer.view, options_.listed_max)) {
    recent_up_to(head);
    job = std::make_unique<Snapshot>(head, std::move(*few), std::move(options));
  } else {
    StateCutPtr cut = cuts_.take(state_, head, event_marks_);
    if (cut->seq < viewer.cursor) {  // it has been told of later things, and nobody is taken back
      viewer.wants_restart = is_again;
      if (is_again) viewer.shown = shown;  // it holds that, and goes on from there
      viewer.await_cut();
      enlist(viewer);
      return;
    }
    recent_up_to(cut->seq);
    job = std::make_unique<Snapshot>(std::move(cut), std::move(options));
  }
  ++counters_.snapshots;
  begin_job(viewer, std::move(job), now);
}

void Fanout::tell_state(Subscription& viewer, Instant now) {
  if (!viewer.link.is_writable()) {
    viewer.give_up();
    return;
  }
  ++counters_.snapshots;
  viewer.encoder.begin_for(viewer.id, *viewer.view);
  viewer.link.send_if(viewer.encoder.finish_snapshot(log_.head(), false));
  viewer.told = viewer.cursor = log_.head();
  viewer.shown = viewer.view;
  settle(viewer, now);
}

void Fanout::begin_job(Subscription& viewer, std::unique_ptr<Job> job, Instant now) {
  viewer.begin(std::move(job), now);
  enlist(viewer);
  run_job(viewer, now);
}

void Fanout::run_job(Subscription& viewer, Instant now) {
  while (viewer.link.is_writable()) {
    viewer.errand->progressed_at = now;
    const std::uint64_t frames = viewer.link.frames_sent();
    if (!viewer.job()->send_part(viewer)) continue;
    // Where nothing differs nothing is sent, and it is for `progress` to say so.
    if (viewer.link.frames_sent() != frames) viewer.told = viewer.job()->seq();
    finish_job(viewer, now);
    return;
  }
}

void Fanout::finish_job(Subscription& viewer, Instant now) {
  viewer.cursor = viewer.job()->seq();
  viewer.shown = viewer.view;
  StateCutPtr cut = viewer.job()->cut();
  release(viewer);
  if (!log_.reaches(viewer.cursor)) {
    if (cut) {
      viewer.leave_behind(std::move(cut), now);
      enlist(viewer);
      cross_gap(viewer, now);
    } else {
      expire(viewer, now);
    }
  } else if (!viewer.wants_restart) {
    settle(viewer, now);
  } else if (viewer.cursor == log_.head()) {
    begin_snapshot(viewer, now);
  } else {
    catch_up(viewer, now);
  }
}

void Fanout::cross_gap(Subscription& viewer, Instant now) {
  if (!viewer.link.is_writable()) return;
  CutDifferencePtr difference = cuts_.difference(viewer.errand->left_at, state_, log_.head(), event_marks_);
  if (!difference) return;
  ++counters_.cut_differences;
  const StateCut& upto = difference->younger();
  std::vector<Gap> gaps = lost_events(*viewer.view, viewer.cursor, upto.events, upto.seq);
  release(viewer);
  begin_job(viewer, std::make_unique<CatchUp>(std::move(difference), viewer.view, catch_up_options(false), std::move(gaps)), now);
}

log::FoldPtr Fanout::fold_for(const view::View& was, const view::View& is, Seq cursor) {
  if (!log_.reaches(cursor)) return nullptr;
  if (log::FoldPtr shared = folds_.since(cursor)) return shared;
  // Much has changed since; little of it may be this viewer's.
  const auto is_inside = [](const view::View& view, const state::EntityPtr& entity) {
    return entity && view.membership(*entity) == view::Membership::inside;
  };
  log::Folder folder{cursor};
  bool fits = true;
  log_.for_each_after(cursor, [&](const log::Batch& batch) {
    if (!fits) return;
    folder.add_if(batch, [&](const state::Change& change) {
      return is_inside(was, change.before) || is_inside(was, change.after) || is_inside(is, change.before) || is_inside(is, change.after);
    });
    fits = folder.changes() <= options_.fold_changes_max;
  });
  return fits ? std::make_shared<const log::Fold>(std::move(folder).take()) : nullptr;
}

std::vector<Gap> Fanout::lost_events(const view::View& view, Seq after, const std::vector<Seq>& marks, Seq upto) const {
  std::vector<Gap> gaps;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    if (marks[i] > after && view.shows(*event_channels_[i])) gaps.push_back({event_channels_[i], after, upto + 1});
  }
  return gaps;
}

void Fanout::serve_owed(PaceClass& pace_class, Instant now) {
  for (Owed& owed : pace_class.take_owed()) catch_up(*owed.viewer, now, std::move(owed.fold));
}

}  // namespace starling::fanout

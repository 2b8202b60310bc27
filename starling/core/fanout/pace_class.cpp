#include "starling/core/fanout/pace_class.hpp"

#include <algorithm>

#include "starling/core/fanout/matching.hpp"

namespace starling::fanout {
namespace {

/// Links stand all over the heap: so many members ahead of the one that is sent a frame the next is asked for, and the ways to memory overlap.
constexpr std::size_t kLinksAhead = 4;

}  // namespace

void PaceClass::admit(Subscription& viewer, Instant now) {
  const std::int64_t beat_now = beat_number(now, period_);
  if (viewer.cursor != desk_.log.head()) {  // it is brought on at the beat
    if (!has_pending() && beat_now > beat_) {  // beats at which there was nothing to do have passed unseen
      beat_ = beat_now;
      roster_.find_quiet(beat_);
    }
    roster_.add_laggard(viewer);
    return;
  }
  if (!roster_.has_audiences()) {  // nobody else's position to keep
    if (roster_.laggards().empty()) beat_ = std::max(beat_, beat_now);
    cursor_ = viewer.cursor;
    folder_.begin(cursor_);
  }
  Audience& audience = roster_.audience_for(viewer, beat_now, [&](const Audience& each) { return position(each) == viewer.cursor; });
  if (audience.members.empty()) begin(audience, viewer.cursor);
  viewer.view = viewer.shown = audience.view;  // equal; one copy is enough
  audience.join(viewer);
}

void PaceClass::begin(Audience& audience, Seq at) {
  if (at <= cursor_) return;
  audience.led = at;  // who comes between two beats is ahead of the class until the next
  for (const state::Change& change : folder_.fold().changes) {
    if (!may_show(*audience.view, change)) continue;  // what came and went is not there to be held
    if (!audience.kept) audience.kept = std::make_unique<Kept>();
    audience.kept->emplace(change.identity_ptr(), change.after);
  }
}

void PaceClass::dismiss(Subscription& viewer) {
  switch (viewer.standing()) {
    case Standing::member:
      viewer.cursor = position(*viewer.audience);
      roster_.remove(viewer);
      return;
    case Standing::lagging:
    case Standing::overdue:
      roster_.remove(viewer);
      return;
    case Standing::owed:
      std::erase_if(owed_, [&](const Owed& owed) { return owed.viewer == &viewer; });
      viewer.rest();
      return;
    case Standing::idle:
    case Standing::stalled:
    case Standing::sending:
    case Standing::left_behind:
    case Standing::awaiting_cut:
    case Standing::given_up:
      return;  // no class has it
  }
}

Seq PaceClass::position(const Audience& audience) const noexcept {
  // A quiet one was asked about every batch and nothing of it was for it.
  if (audience.is_quiet && !audience.event_due) return desk_.log.head();
  return std::max(cursor_, audience.led);
}

void PaceClass::take(News& news, Instant now) {
  hurry_laggards(news);
  if (!roster_.has_audiences()) return;
  folder_.add(news.batch);  // not its fold: why a facet went that came and went in this batch counts for whoever saw it before
  match_quiet(roster_, news.fold);
  choose_critical(news);
  hear_events(news, now);
  hear_announcements(news);
  lead(news);
  serve_chosen();
  // Who wants events seldom must not make us hold many more of them than the log does.
  for (const state::EventPtr& event : news.fold.events) event_bytes_ += event->bytes();
  if (event_bytes_ > desk_.event_bytes_max) expel_all();
}

bool PaceClass::on_time(Instant now) {
  const std::int64_t beat_now = beat_number(now, period_);
  if (beat_now > beat_) {
    const bool was_pending = has_pending();
    beat_ = beat_now;
    if (was_pending) beat();
    roster_.find_quiet(beat_);
    if (was_pending) return true;
  }
  if (event_due_ && *event_due_ <= now) {
    event_due_.reset();
    for (Audience* audience : roster_.take_waiting()) {
      if (!audience->event_due) {  // it was told meanwhile, or waits for the beat
        if (!audience->heard.empty()) roster_.wait(*audience);
        continue;
      }
      if (*audience->event_due <= now) {
        roster_.choose(*audience);
      } else {
        await_event(*audience, *audience->event_due);
      }
    }
    serve_chosen();
  }
  return false;
}

std::optional<Instant> PaceClass::next_due() const noexcept {
  std::optional<Instant> due = event_due_;
  if (has_pending()) {
    const Instant beat_due{Duration{(beat_ + 1) * period_.count()}};
    if (!due || beat_due < *due) due = beat_due;
  }
  return due;
}

// ---- What a batch means to whom -----------------------------------------------------------------------------------------

void PaceClass::choose_critical(const News& news) {
  for (const std::uint32_t i : news.critical_changes) {
    const state::Change& change = news.fold.changes[i];
    roster_.index().for_each_touched(change, [&](Audience* audience) {
      if (!audience->is_quiet && !audience->encoder.keeps_to_beats() && is_critical_for(*audience->view, change)) roster_.choose(*audience);
    });
  }
}

void PaceClass::hear_events(const News& news, Instant now) {
  std::vector<Audience*> heard;
  const std::size_t first = folder_.fold().events.size() - news.fold.events.size();  // they are the last of the class's
  for (std::uint32_t i = 0; i < news.fold.events.size(); ++i) {
    const state::Event& event = *news.fold.events[i];
    const std::optional<Duration> pace = pace_of(*event.channel);
    roster_.index().for_each_touched(event, [&](Audience* audience) {
      if (!audience->view->shows(event)) return;
      if (audience->events.empty()) heard.push_back(audience);
      audience->events.push_back(i);
      if (audience->encoder.keeps_to_beats()) return;
      const bool is_at_once = pace && pace->count() == 0;
      if (audience->is_quiet && (is_at_once || !pace)) {
        roster_.touch(*audience);
      } else if (is_at_once) {
        roster_.choose(*audience);
      }
    });
  }
  for (Audience* audience : heard) {
    if (audience->is_touched && !audience->event_due) continue;  // told with the rest of this batch
    // It is at the head no longer, but goes no further back than to the batch before: its members may have been told that they hold that.
    if (audience->is_quiet && !audience->event_due) audience->led = news.fold.after;
    const bool keeps_to_beats = audience->encoder.keeps_to_beats();
    if (keeps_to_beats) roster_.wait(*audience);
    for (const std::uint32_t i : audience->events) {
      const std::optional<Duration> pace = keeps_to_beats ? std::nullopt : pace_of(*news.fold.events[i]->channel);
      if (pace) await_event(*audience, now + *pace);
      if (keeps_what_is_heard()) audience->heard.push_back(static_cast<std::uint32_t>(first + i));
    }
    audience->events.clear();
  }
}

void PaceClass::hear_announcements(const News& news) {
  for (const state::Change& change : news.fold.changes) {
    if (!change.after || !change.is_announcement()) continue;
    roster_.index().for_each_touched(change, [&](Audience* audience) {
      if (audience->is_quiet || !audience->encoder.repeats()) return;  // told with this batch, or nothing to it
      if (!audience->announced) audience->announced = std::make_unique<std::vector<const state::Channel*>>();
      std::vector<const state::Channel*>& announced = *audience->announced;
      state::for_each_changed_channel(change, [&announced](const state::Channel& channel) {
        if (std::ranges::find(announced, &channel) == announced.end()) announced.push_back(&channel);
      });
    });
  }
}

std::optional<Duration> PaceClass::pace_of(const state::Channel& channel) const noexcept {
  if (channel.priority == state::Priority::critical) return Duration{0};
  if (period_ > desk_.tick) return std::nullopt;
  return channel.event_pace;
}

void PaceClass::await_event(Audience& audience, Instant due) {
  roster_.wait(audience);
  if (!audience.event_due || due < *audience.event_due) audience.event_due = due;
  if (!event_due_ || due < *event_due_) event_due_ = due;
}

void PaceClass::lead(News& news) {
  for (Audience* audience : roster_.take_touched()) {
    if (audience->event_due) {  // an event of a batch before waits: this batch alone is not all it is to be told
      audience->matches.clear();
      roster_.choose(*audience);
      continue;
    }
    tell(*audience, {news.fold, news.fragments, Occasion::leading});
  }
}

// ---- Handing out the class's fold -----------------------------------------------------------------------------------------

void PaceClass::beat() {
  ++desk_.counters.beats;
  if (roster_.has_audiences() && desk_.log.head() > cursor_) {
    const auto shared = std::make_shared<const log::Fold>(folder_.take_whole());
    const log::Fold& fold = *shared;
    fragments_.clear();
    match_all(roster_, fold, desk_.map, desk_.sheets, fragments_);
    for (Audience* audience : roster_.busy()) {
      match_kept(*audience, fold);
      if (audience->announced) roster_.touch(*audience);
    }
    if (keeps_what_is_heard()) {
      for (Audience* audience : roster_.waiting()) {
        match_events(*audience, fold, audience->led);
        if (!audience->events.empty()) roster_.touch(*audience);
      }
    } else {
      for (std::uint32_t i = 0; i < fold.events.size(); ++i) {
        roster_.index().for_each_touched(*fold.events[i], [&](Audience* audience) {
          if (fold.events[i]->seq <= audience->led || !audience->view->shows(*fold.events[i])) return;
          roster_.touch(*audience);
          audience->events.push_back(i);
        });
      }
    }
    for (Audience* audience : roster_.take_touched()) tell(*audience, {fold, fragments_, Occasion::beat, shared});
    desk_.map.clear();
    desk_.sheets.clear();
  }
  cursor_ = desk_.log.head();
  folder_.begin(cursor_);
  event_bytes_ = 0;
  for (Audience* audience : roster_.busy()) {
    audience->led = 0;
    audience->kept.reset();
  }
  for (Audience* audience : roster_.take_waiting()) {
    audience->event_due.reset();
    audience->heard.clear();
  }
  event_due_.reset();
  roster_.merge_twins();
}

void PaceClass::serve_chosen() {
  if (roster_.chosen().empty()) return;
  fragments_.clear();
  match_waiting();
  for (Audience* audience : roster_.take_chosen()) tell(*audience, {folder_.fold(), fragments_, Occasion::due});
}

void PaceClass::match_waiting() {
  const log::Fold& fold = folder_.fold();
  match_chosen(roster_, fold);
  for (Audience* audience : roster_.chosen()) {
    match_kept(*audience, fold);
    match_events(*audience, fold, std::max(cursor_, audience->led));
  }
}

void PaceClass::match_events(Audience& audience, const log::Fold& fold, Seq told) {
  if (keeps_what_is_heard()) {
    for (const std::uint32_t i : audience.heard) {
      if (fold.events[i]->seq > told) audience.events.push_back(i);
    }
    audience.heard.clear();
    return;
  }
  auto event = std::upper_bound(fold.events.begin(), fold.events.end(), told, [](Seq seq, const state::EventPtr& each) { return seq < each->seq; });
  for (; event != fold.events.end(); ++event) {
    if (audience.view->shows(**event)) audience.events.push_back(static_cast<std::uint32_t>(event - fold.events.begin()));
  }
}

void PaceClass::match_kept(Audience& audience, const log::Fold& fold) {
  if (!audience.kept) return;
  std::vector<std::uint32_t>& matches = audience.matches;
  for (const auto& [identity, held] : *audience.kept) {
    const std::size_t number = folder_.number_of(identity);
    if (fold.changes[number].after == held) continue;
    if (!audience.is_chosen) roster_.touch(audience);
    matches.push_back(static_cast<std::uint32_t>(number));
  }
  std::sort(matches.begin(), matches.end());
  matches.erase(std::unique(matches.begin(), matches.end()), matches.end());
}

void PaceClass::tell(Audience& audience, const Handout& handout) {
  const std::vector<Subscription*>& members = audience.members;
  for (std::size_t i = 0; i < std::min(kLinksAhead, members.size()); ++i) __builtin_prefetch(&members[i]->link);
  const bool fits = encode(audience, handout);
  matches_.clear();
  matches_.swap(audience.matches);  // the audience may go before they have been used
  audience.announced.reset();
  audience.events.clear();
  audience.runs = {};
  if (fits && audience.encoder.is_empty()) {
    if (audience.led > cursor_) audience.led = handout.fold.upto;
    return;
  }
  if (audience.is_quiet) {
    roster_.become_busy(audience);
    if (handout.occasion == Occasion::leading) audience.led = handout.fold.after;
  }
  audience.event_due.reset();
  if (!fits) {
    const log::FoldPtr fold = position(audience) == handout.fold.after ? handout.shared : nullptr;
    const std::vector<Subscription*> leaving = members;
    for (Subscription* member : leaving) become_owed(*member, fold);  // the last one takes the audience with it
    return;
  }
  const FramePtr frame = audience.encoder.finish_update(handout.fold.upto, false);
  STARLING_CHECK(frame != nullptr);  // what was added is told
  ++desk_.counters.updates_encoded;
  std::vector<Subscription*> full;
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i + kLinksAhead < members.size()) __builtin_prefetch(&members[i + kLinksAhead]->link);
    Subscription* const member = members[i];
    if (!member->link.is_writable()) {
      full.push_back(member);
      continue;
    }
    member->link.send(frame);
    member->told = handout.fold.upto;
    ++desk_.counters.updates_sent;
  }
  audience.sent_beat = beat_;
  // Those whose sockets are full keep the position they have, before the audience's moves on.
  const bool is_abandoned = full.size() == audience.members.size();
  for (Subscription* member : full) become_laggard(*member);
  if (is_abandoned) return;
  audience.led = handout.fold.upto;
  if (handout.occasion == Occasion::beat) return;
  if (!audience.kept && !matches_.empty()) audience.kept = std::make_unique<Kept>();
  for (const std::uint32_t i : matches_) {
    const state::Change& change = handout.fold.changes[i];
    const bool is_leading = handout.occasion == Occasion::leading;  // then the numbers are those of another fold
    audience.kept->insert_or_assign(is_leading ? change.identity_ptr() : folder_.identity_of(i), change.after);
  }
}

bool PaceClass::encode(Audience& audience, const Handout& handout) {
  Encoder& encoder = audience.encoder;
  const view::View& view = *audience.view;
  const Column column = handout.fragments.column_of(encoder, audience.view);
  const bool is_ahead = handout.occasion != Occasion::leading && audience.kept;
  encoder.begin_for(audience.id, view);
  if (audience.runs.count > 0) {
    if (!desk_.sheets.add(encoder, column, view, audience.runs, desk_.frame_bytes_max)) desk_.map.expand(audience.runs, audience.matches);
    if (encoder.bytes() > desk_.frame_bytes_max) return false;
  }
  for (const std::uint32_t i : audience.matches) {
    const state::Change* change = &handout.fold.changes[i];
    state::Change own;
    if (is_ahead) {
      if (const auto held = audience.kept->find(folder_.identity_of(i)); held != audience.kept->end()) {
        if (held->second == change->after) continue;
        own = *change;
        own.before = held->second;
        change = &own;
      }
    }
    const std::string& key = change->identity().key;
    if (change->after && change->is_announcement()) encoder.add_announcement(*change);
    view::for_each_transition(view, view, *change, [&](const view::Transition& transition) {
      const Fragments::Fragment fragment = handout.fragments.change(i, key, transition, column);
      if (fragment.told) encoder.add(*transition.channel, *fragment.told, fragment.text);
    });
    if (encoder.bytes() > desk_.frame_bytes_max) return false;
  }
  if (audience.announced) {
    for (const state::Channel* channel : *audience.announced) encoder.add_announced(*channel);
  }
  for (const std::uint32_t i : audience.events) {
    const state::Event& event = *handout.fold.events[i];
    encoder.add_event(*event.channel, handout.fragments.event(i, event, column));
    if (encoder.bytes() > desk_.frame_bytes_max) return false;
  }
  return true;
}

// ---- Who is told by the log ----------------------------------------------------------------------------------------------

void PaceClass::hurry_laggards(const News& news) {
  if (roster_.laggards().empty() || (news.critical_changes.empty() && !news.has_critical_events)) return;
  std::vector<Subscription*> hurried;
  for (Subscription* laggard : roster_.laggards()) {
    if (!laggard->link.is_writable() || laggard->encoder.keeps_to_beats()) continue;
    const view::View& view = *laggard->view;
    const bool is_hurried =
        std::ranges::any_of(news.critical_changes, [&](std::uint32_t i) { return is_critical_for(view, news.fold.changes[i]); }) ||
        std::ranges::any_of(news.fold.events, [&](const state::EventPtr& event) {
          return event->channel->priority == state::Priority::critical && view.shows(*event);
        });
    if (is_hurried) hurried.push_back(laggard);
  }
  for (Subscription* laggard : hurried) become_owed(*laggard, nullptr);
}

void PaceClass::become_laggard(Subscription& member) {
  dismiss(member);
  roster_.add_laggard(member);
  member.become_overdue();
}

void PaceClass::become_owed(Subscription& viewer, log::FoldPtr fold) {
  dismiss(viewer);
  viewer.become_owed();
  owed_.push_back({&viewer, std::move(fold)});
}

void PaceClass::expel_all() {
  for (Subscription* member : roster_.members()) become_laggard(*member);
  folder_.begin(desk_.log.head());
  event_bytes_ = 0;
}

}  // namespace starling::fanout

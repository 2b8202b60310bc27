#include "starling/core/fanout/pace_class.hpp"

#include <algorithm>

namespace starling::fanout {
namespace {

std::string audience_key(const Subscription& viewer) {
  // Numbers first: the view's text is the only part of free length.
  return std::to_string(viewer.id) + '/' + std::to_string(reinterpret_cast<std::uintptr_t>(&viewer.encoder)) + '/' + viewer.view->text();
}

/// Whether a facet of a critical channel that the view shows differs.
bool is_critical_for(const view::View& view, const state::Change& change) noexcept {
  const auto differs_from = [&view](const state::EntityPtr& a, const state::EntityPtr& b) {
    if (!a) return false;
    return std::ranges::any_of(a->facets, [&](const state::FacetPtr& facet) {
      return facet->channel->priority == state::Priority::critical && view.shows(*facet->channel) &&
             (!b || b->find(*facet->channel) != facet.get());
    });
  };
  return differs_from(change.after, change.before) || differs_from(change.before, change.after);
}

}  // namespace

void PaceClass::admit(Subscription& viewer, Instant now) {
  const std::int64_t beat_now = beat_number(now, period_);
  if (audiences_.empty()) {  // nobody else's position to keep
    if (laggards_.empty()) beat_ = std::max(beat_, beat_now);
    cursor_ = viewer.cursor;
  }
  std::string key = audience_key(viewer);
  auto found = audiences_.find(key);
  const Seq stands_at = found == audiences_.end() ? std::max(cursor_, viewer.cursor) : std::max(cursor_, found->second->led);
  if (viewer.cursor != stands_at) {  // its audience is elsewhere until the beat: it joins then
    if (!has_pending()) beat_ = std::max(beat_, beat_now);
    viewer.is_lagging = true;
    viewer.list_index = laggards_.size();
    laggards_.push_back(&viewer);
    return;
  }
  if (found == audiences_.end()) {
    auto audience = std::make_unique<Audience>(viewer.view, viewer.id, viewer.encoder, beat_now);
    audience->led = viewer.cursor;  // who comes between two beats is ahead of the class until the next
    index_.insert(audience.get(), *audience->view);
    found = audiences_.emplace(std::move(key), std::move(audience)).first;
  }
  Audience& audience = *found->second;
  viewer.view = viewer.shown = audience.view;  // equal; one copy is enough
  audience.join(viewer);
}

void PaceClass::dismiss(Subscription& viewer) {
  if (viewer.is_lagging) {
    laggards_.back()->list_index = viewer.list_index;
    laggards_[viewer.list_index] = laggards_.back();
    laggards_.pop_back();
    viewer.is_lagging = false;
    return;
  }
  if (viewer.audience == nullptr) {
    std::erase(owed_, &viewer);
    return;
  }
  Audience& audience = *viewer.audience;
  viewer.cursor = position(viewer);
  audience.leave(viewer);
  if (!audience.members.empty()) return;
  index_.erase(&audience, *audience.view);
  std::erase(chosen_, &audience);
  audiences_.erase(audience_key(viewer));
}

void PaceClass::take(const log::Batch& batch, Instant now) {
  hurry_laggards(batch);
  if (audiences_.empty()) return;
  for (const state::Change& change : batch.changes) {
    index_.for_each_touched(change, [&](Audience* audience) {
      if (audience->is_chosen) return;
      if (audience->sent_beat < beat_ || is_critical_for(*audience->view, change)) choose(*audience);
    });
  }
  for (const state::EventPtr& event : batch.events) {
    const std::optional<Duration> pace = pace_of(*event->channel);
    const Instant due = now + pace.value_or(Duration{0});
    bool may_wait = false;
    index_.for_each_touched(*event, [&](Audience* audience) {
      if (!audience->view->shows(*event)) return;
      if (!pace) {
        if (!audience->is_chosen && audience->sent_beat < beat_) choose(*audience);
        return;
      }
      if (!audience->event_due || due < *audience->event_due) audience->event_due = due;
      if (pace->count() == 0) {
        if (!audience->is_chosen) choose(*audience);
      } else {
        may_wait = true;
      }
    });
    if (may_wait && (!event_due_ || due < *event_due_)) event_due_ = due;
  }
  serve_chosen();
}

bool PaceClass::on_time(Instant now) {
  const std::int64_t beat_now = beat_number(now, period_);
  if (beat_now > beat_) {
    const bool was_pending = has_pending();
    beat_ = beat_now;
    if (was_pending) {
      beat();
      return true;
    }
  }
  if (event_due_ && *event_due_ <= now) {
    event_due_.reset();
    for (const auto& [key, audience] : audiences_) {
      if (!audience->event_due) continue;
      if (*audience->event_due <= now) {
        choose(*audience);
      } else if (!event_due_ || *audience->event_due < *event_due_) {
        event_due_ = audience->event_due;
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

void PaceClass::beat() {
  ++desk_.counters.beats;
  event_due_.reset();
  const Seq head = desk_.log.head();
  if (!audiences_.empty() && head > cursor_) {
    const log::FoldPtr fold = desk_.folds.since(cursor_);
    if (!fold) {
      std::vector<Audience*> all;
      for (const auto& [key, audience] : audiences_) all.push_back(audience.get());
      for (Audience* audience : all) expel(*audience);
    } else {
      std::vector<Audience*> touched, led;
      for (const auto& [key, audience] : audiences_) {
        audience->event_due.reset();
        if (audience->led > cursor_) led.push_back(audience.get());
      }
      const auto touch = [&](Audience* audience) {
        if (audience->led > cursor_ || audience->is_chosen) return;
        audience->is_chosen = true;
        touched.push_back(audience);
      };
      for (std::uint32_t i = 0; i < fold->changes.size(); ++i) {
        index_.for_each_touched(fold->changes[i], [&](Audience* audience) {
          touch(audience);
          if (audience->led <= cursor_) audience->matches.push_back(i);
        });
      }
      for (const state::EventPtr& event : fold->events) index_.for_each_touched(*event, touch);
      for (Audience* audience : touched) {
        audience->is_chosen = false;
        const std::vector<std::uint32_t> matches = std::move(audience->matches);
        audience->matches.clear();
        tell(*audience, *fold, &matches);
      }
      // Those ahead start from where they are: what the class's fold says of them is partly told already.
      for (Audience* audience : led) {
        if (const log::FoldPtr own = desk_.folds.since(audience->led)) tell(*audience, *own, nullptr);
      }
    }
  }
  cursor_ = head;
}

void PaceClass::choose(Audience& audience) {
  audience.is_chosen = true;
  chosen_.push_back(&audience);
}

void PaceClass::serve_chosen() {
  const Seq head = desk_.log.head();
  for (Audience* audience : std::exchange(chosen_, {})) {
    audience->is_chosen = false;
    const bool holds_all_before = audience->sent_beat < beat_ && !audience->event_due && audience->led <= cursor_;
    // A quiet audience was asked about every batch since its position and saw nothing: the last one is all there is to tell.
    const Seq from = holds_all_before ? head - 1 : std::max(cursor_, audience->led);
    audience->event_due.reset();
    if (const log::FoldPtr fold = desk_.folds.since(from)) {
      tell(*audience, *fold, nullptr);
    } else {
      expel(*audience);
    }
  }
}

void PaceClass::tell(Audience& audience, const log::Fold& fold, const std::vector<std::uint32_t>* matches) {
  const Said said = encode(audience, fold, matches);
  if (said == Said::nothing) {
    if (audience.led > cursor_) audience.led = fold.upto;
    return;
  }
  if (said == Said::too_much) {
    std::vector<Subscription*> members = audience.members;
    for (Subscription* member : members) {
      dismiss(*member);  // the last one takes the audience with it
      owed_.push_back(member);
    }
    return;
  }
  const FramePtr frame = audience.encoder.finish_update(fold.upto, false);
  ++desk_.counters.updates_encoded;
  std::vector<Subscription*> full;
  for (Subscription* member : audience.members) {
    if (!member->link.is_writable()) {
      full.push_back(member);
      continue;
    }
    member->link.send(frame);
    member->told = fold.upto;
    ++desk_.counters.updates_sent;
  }
  audience.sent_beat = beat_;
  // Those whose sockets are full keep the position they have, before the audience's moves on.
  const bool is_abandoned = full.size() == audience.members.size();
  for (Subscription* member : full) become_laggard(*member);
  if (!is_abandoned) audience.led = fold.upto;
}

PaceClass::Said PaceClass::encode(Audience& audience, const log::Fold& fold, const std::vector<std::uint32_t>* matches) {
  Encoder& encoder = audience.encoder;
  const view::View& view = *audience.view;
  encoder.begin(audience.id);
  const std::size_t count = matches ? matches->size() : fold.changes.size();
  for (std::size_t i = 0; i < count; ++i) {
    const state::Change& change = fold.changes[matches ? (*matches)[i] : i];
    differences_.clear();
    view::append_differences(view, view, change, differences_);
    for (const view::Difference& difference : differences_) encoder.add(change.identity().key, difference, view);
    if (encoder.bytes() > desk_.frame_bytes_max) return Said::too_much;
  }
  for (const state::EventPtr& event : fold.events) {
    if (view.shows(*event)) encoder.add(*event, view);
    if (encoder.bytes() > desk_.frame_bytes_max) return Said::too_much;
  }
  return encoder.is_empty() ? Said::nothing : Said::something;
}

std::optional<Duration> PaceClass::pace_of(const state::Channel& channel) const noexcept {
  if (channel.priority == state::Priority::critical) return Duration{0};
  if (period_ > desk_.tick) return std::nullopt;
  return channel.event_pace;
}

void PaceClass::hurry_laggards(const log::Batch& batch) {
  std::vector<Subscription*> hurried;
  for (Subscription* laggard : laggards_) {
    if (!laggard->link.is_writable()) continue;
    const view::View& view = *laggard->view;
    const bool is_critical =
        std::ranges::any_of(batch.changes, [&](const state::Change& change) { return is_critical_for(view, change); }) ||
        std::ranges::any_of(batch.events, [&](const state::EventPtr& event) {
          return event->channel->priority == state::Priority::critical && view.shows(*event);
        });
    if (is_critical) hurried.push_back(laggard);
  }
  for (Subscription* laggard : hurried) {
    dismiss(*laggard);
    owed_.push_back(laggard);
  }
}

void PaceClass::become_laggard(Subscription& member) {
  dismiss(member);
  member.is_lagging = true;
  member.is_overdue = true;
  member.list_index = laggards_.size();
  laggards_.push_back(&member);
}

void PaceClass::expel(Audience& audience) {
  const std::vector<Subscription*> members = audience.members;
  for (Subscription* member : members) become_laggard(*member);
}

}  // namespace starling::fanout

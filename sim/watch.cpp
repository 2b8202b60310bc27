#include "sim/watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace starling::sim {
namespace {

std::string to_text(const Shown& shown) {
  std::string text;
  for (const auto& [channel, records] : shown) {
    for (const auto& [key, record] : records) {
      text += fmt::format("\n    {} {}", channel, key);
      for (const auto& [name, value] : record) text += fmt::format(" {}={}", name, value);
    }
  }
  return text.empty() ? " nothing" : text;
}

/// Numbers that were rounded another way, and longitudes a turn apart, are the same place.
bool are_same(const std::optional<Place>& a, const std::optional<Place>& b) {
  if (!a || !b) return a == b;
  return std::abs(a->first - b->first) < 1e-9 && std::abs(std::remainder(a->second - b->second, 360)) < 1e-9;
}

bool is_in_gap(const std::vector<Client::Gap>& gaps, const SaidEvent& event) {
  return std::ranges::any_of(gaps, [&](const auto& gap) { return gap.channel == event.channel && event.seq > gap.after && event.seq < gap.before; });
}

}  // namespace

void Watch::check_current(bool must_know) const {
  if (!position()) fail("in the end it holds nothing whole");
  if (is_owed_snapshot_) fail("the snapshot it asked for again never came");
  const Shown &held = client_.held(id_), due = truth_.shown(held_.plain, truth_.head());
  if (held != due) fail(fmt::format("in the end, at seq {} of {}, it holds{}\n  but its query shows{}", *position(), truth_.head(), to_text(held), to_text(due)));
  if (must_know && held_.rate != 0 && *position() != truth_.head()) fail(fmt::format("a heartbeat after seq {} it has been told of seq {}", truth_.head(), *position()));
}

void Watch::take_answer(const Client::Subscribed& subscribed, std::optional<std::uint64_t> position, const Knowledge& server) {
  // Answers come in the order of the questions; `expired` may also come unasked, about the query it has.
  if (!asked_.empty() && asked_.front().view == subscribed.view) {
    if (!replaced_) replaced_ = held_;
    judge_reason(subscribed, asked_.front(), server);
    held_ = asked_.front();
    asked_.pop_front();
  } else if (subscribed.view != held_.view) {
    fail("a view nobody asked for");
  }
  // Every shard knows what any shard told, in one life of the server.
  if ((subscribed.reason == "epoch") != std::exchange(held_.is_foreign, false)) {
    fail(fmt::format("its cursor is answered with {} by a shard whose head is {}", subscribed.reason, subscribed.seq));
  }
  updates_ = 0;
  recent_from_.reset();
  may_update_ = subscribed.resumed || subscribed.reason == "replaced" || held_.recent > 0;
  if (subscribed.resumed || subscribed.reason == "replaced") return;
  if (subscribed.reason == "expired") {
    const std::uint64_t from = events_from_.value_or(position.value_or(subscribed.seq));
    // They may reach back to the cut of a snapshot that was begun and did not come.
    check_gaps(subscribed.gaps, 0, subscribed.seq);
    std::vector<const SaidEvent*> lost = truth_.events(held_.plain, from, subscribed.seq);
    drop_never_due(lost, from, subscribed.seq);
    for (const SaidEvent* event : lost) {
      if (!is_in_gap(subscribed.gaps, *event)) fail(fmt::format("the event ({}, {}) is lost and no gap says so", event->seq, event->n));
    }
  }
  if (subscribed.reason != "expired") last_event_.reset();
  awaits_first_ = !held_.is_bare;
  replaced_.reset();
  events_from_.reset();
  if (!held_.is_bare) return;
  // What a snapshot would bring is nothing: it begins with the answer.
  events_from_ = subscribed.seq;
  if (held_.recent > 0) recent_from_ = subscribed.seq;
}

void Watch::goes_on() {
  if (asked_.empty()) fail("an answer to nothing");
  const Asked& asked = asked_.front();
  if (!asked.since || asked.is_foreign || asked.since_view != asked.view) fail("it goes on from a cursor that is none of this query");
  held_ = asked;
  asked_.clear();
  updates_ = 0;
  may_update_ = true;
  recent_from_.reset();
  replaced_.reset();
}

bool Watch::take_progress() {
  // It says that what is held is the view of a later seq too.
  if (!position() || !asked_.empty() || !events_from_) return false;
  const std::uint64_t at = *position();
  if (at > truth_.head()) fail(fmt::format("progress to seq {} before it exists", at));
  if (client_.held(id_) != truth_.shown(held_.plain, at)) fail(fmt::format("progress to seq {} is not true", at));
  if (!truth_.events(held_.plain, *events_from_, at).empty()) fail(fmt::format("progress to seq {} skips an event", at));
  events_from_ = at;
  return true;
}

void Watch::judge(const Client::Step& step, std::optional<std::uint64_t> position, const Knowledge& server) {
  ++judged_;
  if (step.seq > truth_.head()) fail(fmt::format("seq {} before it exists", step.seq));
  const Shown& held = client_.held(id_);
  const Shown due = truth_.shown(held_.plain, step.seq);
  if (held != due) fail(fmt::format("at seq {} it holds{}\n  but its query shows{}", step.seq, to_text(held), to_text(due)));
  // From cut to cut it is brought only where the log has passed the first.
  may_be_of_cut_ = step.is_snapshot || (may_be_of_cut_ && (position == step.seq || (server.has_crossed && position && !server.reaches(*position))));
  judge_removals(step, may_be_of_cut_);
  judge_events(step, server);
  // A snapshot took its time: one update may bring it on, and others, as long as the log passes it meanwhile.
  const bool may_update = std::exchange(may_update_, step.is_snapshot) || may_restart_ || (position && !server.reaches(*position));
  if (held_.rate == 0 && !step.is_snapshot && !may_update) fail(fmt::format("at seq {} it is told something, and is paused", step.seq));
  // One a beat; one more where its socket drained between two of them.
  updates_ += !step.is_snapshot && !may_update;
  const double beats = static_cast<double>(server.now_us - held_.at_us) / 1e6 * held_.rate.value_or(0);
  if (beats > 0 && !server.has_critical && static_cast<double>(updates_) > 2 * beats + 4) fail(fmt::format("{} updates in {:.1f} beats", updates_, beats));
}

void Watch::judge_reason(const Client::Subscribed& subscribed, const Asked& asked, const Knowledge& server) const {
  const std::string& reason = subscribed.reason;
  if (!asked.since || asked.is_foreign) return;
  const bool is_same = asked.since_view == asked.view;
  const bool may_be = reason == "expired" ? server.is_little || !server.reaches(*asked.since) : is_same ? reason == "resumed" : reason == "query" || reason == "rights";
  if (!may_be) fail(fmt::format("its cursor of {} seq {} is answered with {}", is_same ? "the same query at" : "another query at", *asked.since, reason));
}

void Watch::judge_removals(const Client::Step& step, bool is_of_cuts) const {
  const bool is_other_query = replaced_ && replaced_->view != held_.view;
  for (const Client::Removal& removal : step.removals) {
    std::set<std::string> reasons = truth_.reasons(held_.plain, removal.channel, removal.key, step.seq);
    // That it expired is known to the log alone.
    if (is_of_cuts && reasons.contains("expired")) reasons.insert("deleted");
    if (is_other_query) {
      if (reasons.erase("moved") > 0) reasons.insert("filtered");
    }
    if (!reasons.contains(removal.reason)) {
      fail(fmt::format("at seq {} {} {} goes because it was {}, but it was {}", step.seq, removal.channel, removal.key, removal.reason, fmt::join(reasons, " or ")));
    }
  }
}

bool Watch::is_as_said(const SaidEvent& said, const Client::Event& got) const {
  return said.channel == got.channel && said.seq == got.seq && said.n == got.n && said.key == got.key && truth_.time_of(said) == got.time &&
         are_same(truth_.place_of(held_.plain, said), got.location) && got.data == truth_.projected(held_.plain, said.channel, said.data);
}

void Watch::judge_events(const Client::Step& step, const Knowledge& server) {
  if (step.is_snapshot) {
    is_owed_snapshot_ = false;
    // A snapshot asked for again skips nothing: what was said before it has been told.
    if (events_from_ && !truth_.events(held_.plain, *events_from_, step.seq).empty()) fail(fmt::format("a snapshot at seq {} passes events", step.seq));
    if (!events_from_) events_from_ = step.seq;
    if (std::exchange(awaits_first_, false) && held_.recent > 0) recent_from_ = step.seq;
    return;
  }
  if (const std::optional<std::uint64_t> from = std::exchange(recent_from_, std::nullopt)) {
    if (step.seq == *from) return judge_recent(step);
    for (const std::string& channel : truth_.event_channels()) {
      if (!truth_.recent(held_.plain, channel, held_.recent, *from, truth_.head()).empty()) fail("no recent events came");
    }
  }
  if (step.events_had > 0) fail(fmt::format("at seq {} it was told {} events that it has", step.seq, step.events_had));
  std::uint64_t from = events_from_.value_or(step.seq);
  check_gaps(step.gaps, from, step.seq);
  if (!step.gaps.empty() && !server.is_little && !server.has_crossed) fail(fmt::format("a gap at seq {}, and nothing was lost", step.seq));
  std::vector<const SaidEvent*> due = truth_.events(held_.plain, from, step.seq);
  std::erase_if(due, [&](const SaidEvent* event) { return is_in_gap(step.gaps, *event); });
  if (replaced_ && due.size() > step.events.size()) {
    // The new query counts from where the server stood, which the viewer need not know: what came before it was due only if the old one
    // showed it too.
    std::vector<const SaidEvent*> before(due.begin(), due.end() - static_cast<std::ptrdiff_t>(step.events.size()));
    drop_never_due(before, from, step.seq);
    if (before.empty()) due.erase(due.begin(), due.end() - static_cast<std::ptrdiff_t>(step.events.size()));
  }
  replaced_.reset();
  const bool same = std::ranges::equal(due, step.events, [this](const SaidEvent* said, const Client::Event& got) { return is_as_said(*said, got); });
  if (!same) fail(fmt::format("at seq {} it got {} events, {} were due since seq {}", step.seq, step.events.size(), due.size(), from));
  events_from_ = step.seq;
  if (!step.events.empty()) last_event_ = {step.events.back().seq, step.events.back().n};
}

void Watch::judge_recent(const Client::Step& step) {
  bool are_any = false;
  for (const std::string& channel : truth_.event_channels()) {
    are_any |= !truth_.recent(held_.plain, channel, held_.recent, step.seq, step.seq).empty();
    judge_recent(step, channel);
  }
  if (!are_any) fail("recent events came, and there are none");
  if (!step.events.empty()) last_event_ = {step.events.back().seq, step.events.back().n};
}

void Watch::judge_recent(const Client::Step& step, const std::string& channel) const {
  std::vector<Client::Event> got = step.events;
  std::erase_if(got, [&channel](const Client::Event& event) { return event.channel != channel; });
  std::vector<const SaidEvent*> most = truth_.recent(held_.plain, channel, held_.recent, step.seq, step.seq);
  const auto is_had = [this](const SaidEvent* event) { return last_event_ && std::pair{event->seq, event->n} <= *last_event_; };
  std::erase_if(most, is_had);
  // By when it was begun, some may have been forgotten already.
  std::vector<const SaidEvent*> least = truth_.recent(held_.plain, channel, held_.recent, step.seq, truth_.head());
  std::erase_if(least, is_had);
  if (got.size() < least.size() || got.size() > most.size()) {
    fail(fmt::format("{} recent events, at least {} and at most {} were due", got.size(), least.size(), most.size()));
  }
  most.erase(most.begin(), most.end() - static_cast<std::ptrdiff_t>(got.size()));
  const bool same = std::ranges::equal(most, got, [this](const SaidEvent* said, const Client::Event& event) { return is_as_said(*said, event); });
  if (!same) fail(fmt::format("at seq {} the recent events are others", step.seq));
}

void Watch::drop_never_due(std::vector<const SaidEvent*>& events, std::uint64_t after, std::uint64_t upto) const {
  if (!replaced_) return;
  const std::vector<const SaidEvent*> shown_before = truth_.events(replaced_->plain, after, upto);
  std::erase_if(events, [&](const SaidEvent* event) { return std::ranges::find(shown_before, event) == shown_before.end(); });
}

void Watch::check_gaps(const std::vector<Client::Gap>& gaps, std::uint64_t after, std::uint64_t upto) const {
  for (const Client::Gap& gap : gaps) {
    if (gap.after < after || gap.before > upto + 1) fail(fmt::format("a gap after {} before {}, and it was between {} and {}", gap.after, gap.before, after, upto));
    if (!truth_.may_have_been_said(gap.channel, gap.after, gap.before)) fail(fmt::format("a gap after {} before {} in which nothing was said", gap.after, gap.before));
  }
}

void Watch::fail(const std::string& what) const { throw Broken{fmt::format("subscription {}: {}", id_, what)}; }

}  // namespace starling::sim

#include "starling/core/store/batch_rows.hpp"

#include <algorithm>

#include "starling/core/log/batch_text.hpp"

namespace starling::store {
namespace {

std::optional<geo::Point> point_of(const state::Entity& entity) {
  return entity.place ? std::optional{entity.place->point} : std::nullopt;
}

/// Null where there is none.
const state::Place* place_of(const state::Entity* entity) { return entity && entity->place ? &*entity->place : nullptr; }

bool is_same(const state::Place* was, const state::Place* is) { return was && is ? *was == *is : was == is; }

FacetRow facet_row(const state::Entity& entity, const state::Facet& facet) {
  return {.channel = facet.channel->name, .key = entity.key(), .record = facet.fields.text(), .seq = facet.seq, .time = facet.time};
}

HistoryRow set_row(const std::string& key, const state::Facet& facet, const std::optional<state::Place>& place, state::Seq seq, Timestamp at) {
  return {.kind = HistoryKind::set,
          .channel = facet.channel->name,
          .key = key,
          .seq = seq,
          .n = place && place->owner == facet.channel ? kPlacing : 0,
          .at = at,
          .time = facet.time,
          .text = facet.fields.text(),
          .place = place ? std::optional{place->point} : std::nullopt};
}

/// Null where `entity` is, or has none of that channel.
const state::FacetPtr* find_facet(const state::Entity* entity, const state::Channel& channel) noexcept {
  if (entity == nullptr) return nullptr;
  const auto found = std::ranges::find(entity->facets, &channel, [](const state::FacetPtr& facet) { return facet->channel; });
  return found == entity->facets.end() ? nullptr : &*found;
}

PlaceRow place_row(const state::Entity& entity) {
  const state::Channel& owner = *entity.place->owner;
  return {.space = owner.space(), .key = entity.key(), .point = entity.place->point, .channel = owner.name};
}

}  // namespace

void BatchRows::add(log::BatchPtr batch) {
  add_due(batch->time - Timestamp::duration{1});  // before it: what is due now may be in it anew
  if (batches_.empty()) folder_.begin(batch->seq - 1);
  folder_.add(*batch);
  for (const state::Change& change : batch->changes) add_history(*batch, change);
  for (const state::EventPtr& event : batch->events) add_event(*batch, *event);
  transaction_.seq = batch->seq;
  transaction_.at = batch->time;
  batches_.push_back(std::move(batch));
}

void BatchRows::add(log::LateReportsPtr late) {
  for (const log::LateReport& report : late->reports) {
    if (!keeps_history_(*report.channel)) continue;
    transaction_.history.push_back({.kind = HistoryKind::late,
                                    .channel = report.channel->name,
                                    .key = report.identity->key,
                                    .seq = late->seq,
                                    .at = late->at,
                                    .time = report.time,
                                    .text = report.data,
                                    .place = report.point});
  }
  transaction_.seq = late->seq;
  transaction_.at = late->at;
  late_.push_back(std::move(late));
}

void BatchRows::add_due(Timestamp now) {
  for (Thinning::Due& due : thinning_.take_due(now)) push_left_out(std::move(due.record), due.at);
}

void BatchRows::add_left_out(Timestamp now) {
  for (SetRecord& record : thinning_.take_all(now)) push_left_out(std::move(record), now);
}

const Transaction& BatchRows::transaction() {
  // What the state comes to is told anew each time: more may have been added.
  transaction_.facets_gone.clear();
  transaction_.facets.clear();
  transaction_.places_gone.clear();
  transaction_.places.clear();
  if (batches_.empty()) return transaction_;  // what is folded is that of batches that are written
  for (const state::Change& change : folder_.fold().changes) add_state(change);
  return transaction_;
}

void BatchRows::clear() {
  transaction_.clear();
  batches_.clear();
  late_.clear();
  left_out_.clear();
  texts_.clear();
}

void BatchRows::add_state(const state::Change& change) {
  if (change.is_announcement()) return;
  const state::Entity* const before = change.before.get();
  const state::Entity* const after = change.after.get();
  state::for_each_changed_channel(change, [&](const state::Channel& channel) {
    const state::Facet* facet = after ? after->find(channel) : nullptr;
    if (facet) {
      transaction_.facets.push_back(facet_row(*after, *facet));
    } else {
      transaction_.facets_gone.push_back({.channel = channel.name, .key = change.identity().key});
    }
  });
  const state::Place *const was = place_of(before), *const is = place_of(after);
  if (is_same(was, is)) return;
  if (is) {
    transaction_.places.push_back(place_row(*after));
  } else {
    transaction_.places_gone.push_back({.space = was->owner->space(), .key = change.identity().key});
  }
}

void BatchRows::add_history(const log::Batch& batch, const state::Change& change) {
  if (change.is_announcement()) return;
  // A place that moved alone is told with the record of the channel that says it, which is what a trail is made of.
  const state::Channel* placing = nullptr;
  const state::Place *const was = place_of(change.before.get()), *const is = place_of(change.after.get());
  if (!is_same(was, is)) {
    placing = is ? is->owner : was->owner;
    if (change.after) thinning_.moved(*change.after);
  }
  state::for_each_changed_channel(change, [&](const state::Channel& channel) {
    if (&channel == placing) placing = nullptr;
    if (!keeps_history_(channel)) return;
    if (const state::FacetPtr* facet = find_facet(change.after.get(), channel)) {
      add_set(batch, *change.after, *facet);
      return;
    }
    if (auto last = thinning_.removed(channel, change.identity())) push_left_out(std::move(*last), batch.time);
    transaction_.history.push_back({.kind = HistoryKind::removed,
                                    .channel = channel.name,
                                    .key = change.identity().key,
                                    .seq = batch.seq,
                                    .at = batch.time,
                                    .time = batch.time,
                                    .text = change.cause_of(channel) == state::Cause::expired ? "expired" : "deleted",
                                    .place = change.after ? point_of(*change.after) : std::nullopt});
  });
  const state::FacetPtr* facet = placing ? find_facet(change.after.get(), *placing) : nullptr;
  if (facet && keeps_history_(*placing)) add_set(batch, *change.after, *facet);
}

void BatchRows::add_set(const log::Batch& batch, const state::Entity& entity, const state::FacetPtr& facet) {
  if (Thinning::concerns(*facet->channel) && !thinning_.lets_through({entity.identity, facet, entity.place, batch.seq}, batch.time)) return;
  transaction_.history.push_back(set_row(entity.key(), *facet, entity.place, batch.seq, batch.time));
}

/// Of the batch that made it so, and at the moment at which it is written.
void BatchRows::push_left_out(SetRecord record, Timestamp at) {
  const SetRecord& kept = left_out_.emplace_back(std::move(record));
  transaction_.history.push_back(set_row(kept.identity->key, *kept.facet, kept.place, kept.seq, at));
}

void BatchRows::add_event(const log::Batch& batch, const state::Event& event) {
  const state::Channel& channel = *event.channel;
  if (keeps_history_(channel)) {
    transaction_.history.push_back({.kind = HistoryKind::event,
                                    .channel = channel.name,
                                    .key = event.key ? std::optional{std::string_view{*event.key}} : std::nullopt,
                                    .seq = batch.seq,
                                    .n = event.n,
                                    .at = batch.time,
                                    .time = event.time,
                                    .text = event.data,
                                    .place = event.place()});
  }
  if (channel.keep == 0) return;
  const std::string* entity_text = event.entity ? &texts_.emplace_back(log::write_entity(*event.entity)) : nullptr;
  transaction_.tails.push_back(tail_row(event, entity_text));
  if (std::ranges::find(transaction_.tail_cuts, std::string_view{channel.name}, &TailCut::channel) == transaction_.tail_cuts.end()) {
    transaction_.tail_cuts.push_back({.channel = channel.name, .keep = channel.keep});
  }
}

void add_entity(Transaction& to, const state::Entity& entity, const KeepsHistory& keeps_history) {
  for (const state::FacetPtr& facet : entity.facets) {
    to.facets.push_back(facet_row(entity, *facet));
    if (!keeps_history(*facet->channel)) continue;
    to.history.push_back(set_row(entity.key(), *facet, entity.place, to.seq, to.at));
  }
  if (entity.place) to.places.push_back(place_row(entity));
}

TailRow tail_row(const state::Event& event, const std::string* entity_text) noexcept {
  return {.channel = event.channel->name,
          .seq = event.seq,
          .n = event.n,
          .key = event.key ? std::optional{std::string_view{*event.key}} : std::nullopt,
          .time = event.time,
          .location = event.location,
          .data = event.data,
          .entity = entity_text ? std::optional{std::string_view{*entity_text}} : std::nullopt};
}

}  // namespace starling::store

#include "starling/io/store/batch_rows.hpp"

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

/// Whether this channel says where the entity is.
std::uint32_t placing(const state::Entity* entity, const state::Channel& channel) {
  const state::Place* place = place_of(entity);
  return place && place->owner == &channel ? kPlacing : 0;
}

FacetRow facet_row(const state::Entity& entity, const state::Facet& facet) {
  return {.channel = facet.channel->name, .key = entity.key(), .record = facet.fields.text(), .seq = facet.seq, .time = facet.time};
}

PlaceRow place_row(const state::Entity& entity) {
  const state::Channel& owner = *entity.place->owner;
  return {.space = owner.space(), .key = entity.key(), .point = entity.place->point, .channel = owner.name};
}

}  // namespace

void BatchRows::add(log::BatchPtr batch) {
  if (batches_.empty()) folder_.begin(batch->seq - 1);
  folder_.add(*batch);
  for (const state::Change& change : batch->changes) add_history(*batch, change);
  for (const state::EventPtr& event : batch->events) add_event(*batch, *event);
  transaction_.seq = batch->seq;
  transaction_.at = batch->time;
  batches_.push_back(std::move(batch));
}

const Transaction& BatchRows::transaction() {
  // What the state comes to is told anew each time: more may have been added.
  transaction_.facets_gone.clear();
  transaction_.facets.clear();
  transaction_.places_gone.clear();
  transaction_.places.clear();
  for (const state::Change& change : folder_.fold().changes) add_state(change);
  return transaction_;
}

void BatchRows::clear() {
  transaction_.clear();
  batches_.clear();
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
  const auto add = [&](HistoryKind kind, const state::Channel& channel, std::string_view text, Timestamp time) {
    transaction_.history.push_back({.kind = kind,
                                    .channel = channel.name,
                                    .key = change.identity().key,
                                    .seq = batch.seq,
                                    .n = kind == HistoryKind::set ? placing(change.after.get(), channel) : 0,
                                    .at = batch.time,
                                    .time = time,
                                    .text = text,
                                    .place = change.after ? point_of(*change.after) : std::nullopt});
  };
  // A place that moved alone is told with the record of the channel that says it, which is what a trail is made of.
  const state::Channel* placing = nullptr;
  const state::Place *const was = place_of(change.before.get()), *const is = place_of(change.after.get());
  if (!is_same(was, is)) placing = is ? is->owner : was->owner;
  state::for_each_changed_channel(change, [&](const state::Channel& channel) {
    if (&channel == placing) placing = nullptr;
    if (!keeps_history_(channel)) return;
    if (const state::Facet* facet = change.after ? change.after->find(channel) : nullptr) {
      add(HistoryKind::set, channel, facet->fields.text(), facet->time);
    } else {
      add(HistoryKind::removed, channel, change.cause_of(channel) == state::Cause::expired ? "expired" : "deleted", batch.time);
    }
  });
  const state::Facet* facet = placing && change.after ? change.after->find(*placing) : nullptr;
  if (facet && keeps_history_(*placing)) add(HistoryKind::set, *placing, facet->fields.text(), facet->time);
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
    to.history.push_back({.kind = HistoryKind::set,
                          .channel = facet->channel->name,
                          .key = entity.key(),
                          .seq = to.seq,
                          .n = placing(&entity, *facet->channel),
                          .at = to.at,
                          .time = facet->time,
                          .text = facet->fields.text(),
                          .place = point_of(entity)});
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

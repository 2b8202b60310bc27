#include "starling/core/replay/world.hpp"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "starling/core/base/json.hpp"

namespace starling::replay {
namespace {

using state::Channel;
using state::ChannelKind;
using state::Entity;
using state::EntityPtr;
using state::Facet;
using state::FacetPtr;

/// The record or the data as compact text; nullopt if it is no object.
std::optional<std::string_view> object_of(const Row& row, std::string& room) {
  const auto compact = json::compact(row.text, room);
  if (!compact || json::kind_of(*compact) != json::Kind::object) return std::nullopt;
  return *compact;
}

/// Every row says where its entity was then; whose facet said so, only those do that are placing.
void place(Entity& entity, const Row& row, const Channel& else_of) {
  if (!row.place) {
    entity.place.reset();
    return;
  }
  const bool is_known = entity.place && entity.place->point == *row.place && !row.is_placing && entity.find(*entity.place->owner) != nullptr;
  if (!is_known) entity.place = state::Place{*row.place, &else_of};
}

FacetPtr facet_of(const Channel& channel, const Row& row, state::Seq seq) {
  std::string room;
  const auto record = object_of(row, room);
  if (!record) return nullptr;
  return std::make_shared<const Facet>(Facet{&channel, state::Fields::from(*record), seq, row.time});
}

}  // namespace

log::Past World::begin(const std::vector<Row>& rows) {
  struct Made {
    std::shared_ptr<Entity> entity;
    const Row* placed_by = nullptr;
  };
  std::unordered_map<const state::Identity*, Made> made;
  log::Past past{.seq = 1, .entities = {}, .events = {}, .batches = {}};
  for (const Row& row : rows) {
    const Channel* channel = channels_.find(row.channel);
    if (channel == nullptr || channel->kind != ChannelKind::state || !row.key || !state::is_key(*row.key)) continue;
    FacetPtr facet = facet_of(*channel, row, past.seq);
    if (!facet) continue;
    EntityPtr known = state_.find(channel->space_index, *row.key);
    if (!known) {
      auto entity = std::make_shared<Entity>();
      entity->identity = state::Identity::of(channel->space_index, *row.key);
      entity->slot = state_.apply({nullptr, entity});
      made.emplace(entity->identity.get(), Made{entity});
      past.entities.push_back(entity);
      known = std::move(entity);
    }
    Made& of = made.at(known->identity.get());
    of.entity->put(std::move(facet));
    // Who said it last says where it is; what others tell of its place is of when they were told themselves.
    if (row.is_placing && row.place && (!of.placed_by || std::tie(row.at, row.seq) >= std::tie(of.placed_by->at, of.placed_by->seq))) {
      of.entity->place = state::Place{*row.place, channel};
      of.placed_by = &row;
    }
  }
  seq_ = past.seq;
  return past;
}

log::BatchPtr World::next(const std::vector<Row>& rows, Timestamp time) {
  batch_ = std::make_shared<log::Batch>();
  batch_->seq = seq_ + 1;
  batch_->time = time;
  std::uint64_t of_batch = 0;
  for (const Row& row : rows) {
    if (row.seq != of_batch) stamp_events();
    of_batch = row.seq;
    const Channel* channel = channels_.find(row.channel);
    if (channel == nullptr || (row.key && !state::is_key(*row.key))) continue;
    switch (row.kind) {
      case RowKind::set: set(*channel, row); break;
      case RowKind::expired:
      case RowKind::deleted: remove(*channel, row); break;
      case RowKind::event: say(*channel, row); break;
    }
  }
  stamp_events();
  log::BatchPtr batch = std::move(batch_);
  if (batch->changes.empty() && batch->events.empty()) return nullptr;
  seq_ = batch->seq;
  return batch;
}

void World::set(const Channel& channel, const Row& row) {
  if (channel.kind != ChannelKind::state || !row.key) return;
  FacetPtr facet = facet_of(channel, row, batch_->seq);
  if (!facet) return;
  const EntityPtr before = state_.find(channel.space_index, *row.key);
  auto after = before ? std::make_shared<Entity>(*before) : std::make_shared<Entity>();
  if (!before) after->identity = state::Identity::of(channel.space_index, *row.key);
  place(*after, row, channel);
  const std::size_t bytes = facet->bytes() + after->bytes();
  after->put(std::move(facet));
  Entity& made = *after;
  made.slot = record({before, std::move(after)}, bytes);
}

void World::remove(const Channel& channel, const Row& row) {
  const EntityPtr before = row.key ? state_.find(channel.space_index, *row.key) : nullptr;
  if (!before || before->find(channel) == nullptr) return;
  auto after = std::make_shared<Entity>(*before);
  std::erase_if(after->facets, [&](const FacetPtr& facet) { return facet->channel == &channel; });
  const bool is_gone = after->facets.empty();
  if (!is_gone) place(*after, row, *after->facets.front()->channel);
  const std::size_t bytes = is_gone ? 0 : after->bytes();
  const state::Cause cause = row.kind == RowKind::expired ? state::Cause::expired : state::Cause::deleted;
  record({before, is_gone ? nullptr : std::move(after), state::gone(channel, cause)}, bytes);
}

void World::say(const Channel& channel, const Row& row) {
  if (channel.kind != ChannelKind::event) return;
  std::string room;
  const auto data = object_of(row, room);
  if (!data) return;
  const auto n = static_cast<std::uint32_t>(batch_->events.size());
  auto event = std::make_shared<state::Event>(state::Event{.channel = &channel,
                                                           .key = row.key,
                                                           .seq = batch_->seq,
                                                           .n = n,
                                                           .time = row.time,
                                                           .location = row.place,
                                                           .data = std::string{*data},
                                                           .entity = nullptr});
  unstamped_.push_back(event);
  batch_->events.push_back(std::move(event));
}

void World::stamp_events() {
  for (const std::shared_ptr<state::Event>& event : unstamped_) {
    if (event->key) event->entity = state_.find(event->channel->space_index, *event->key);
    // Where its entity was is not said as a place of its own.
    if (event->entity && event->entity->place && event->location == event->entity->place->point) event->location.reset();
    batch_->bytes += event->bytes();
  }
  unstamped_.clear();
}

std::uint32_t World::record(state::Change change, std::size_t bytes) {
  batch_->bytes += sizeof(state::Change) + bytes;
  const std::uint32_t slot = state_.apply(change);
  batch_->changes.push_back(std::move(change));
  return slot;
}

}  // namespace starling::replay

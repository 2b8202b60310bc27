#include "starling/core/hub/hub.hpp"

#include <algorithm>

#include "starling/core/hub/placing.hpp"

namespace starling::hub {
namespace {

state::IdentityPtr make_identity(std::uint32_t space_index, std::string_view key) {
  return std::make_shared<const state::Identity>(
      state::Identity{space_index, std::string{key}, state::Identity::hash_of(space_index, key)});
}

/// Puts the facet in the place of that of its channel, or adds it.
void put(state::Entity& entity, state::FacetPtr facet) {
  const auto at = std::ranges::lower_bound(entity.facets, facet->channel->index, {}, [](const state::FacetPtr& f) { return f->channel->index; });
  if (at != entity.facets.end() && (*at)->channel == facet->channel) {
    *at = std::move(facet);
  } else {
    entity.facets.insert(at, std::move(facet));
  }
}

}  // namespace

using session::Applied;
using state::Change;
using state::Channel;
using state::Entity;
using state::EntityPtr;
using state::Facet;
using state::FacetPtr;
using state::Fields;
using state::Operation;
using state::Refusal;
using state::Update;

Result<Applied, Refusal> Hub::publish(Update update, Moment now) {
  reports_.forget_old(now.instant);
  if (update.time && *update.time > Reports::clamped(*update.time, now.timestamp)) {
    update.time = Reports::clamped(*update.time, now.timestamp);
    ++counters_.clamped;
  }
  Outcome outcome = apply(update, now);
  ++(outcome ? counters_.updates : counters_.refused);
  return outcome;
}

log::BatchPtr Hub::close_batch(Moment now) {
  if (!open_) return nullptr;
  for (const std::shared_ptr<state::Event>& event : open_events_) {
    // After the updates of its batch: the place an event is told at is the one its viewers see.
    if (event->key) event->entity = state_.find(event->channel->space_index, *event->key);
    open_->bytes += event->bytes();
    open_->events.push_back(event);
  }
  open_events_.clear();
  open_->time = now.timestamp;
  last_ = open_->seq;
  return std::exchange(open_, nullptr);
}

std::optional<Instant> Hub::close_due() const noexcept {
  if (!open_) return std::nullopt;
  return opened_at_ + options_.batch_age_max;
}

Hub::Outcome Hub::apply(Update& update, Moment now) {
  // Nothing is made, not even the channel, before all of it has been checked.
  if (const auto allowed = channels_.check(update.channel); !allowed) return Unexpected{allowed.error()};
  if (update.key && !state::is_key(*update.key)) return Unexpected{Refusal::bad_key};
  const Channel* channel = channels_.find(update.channel);
  if (channel && channel->kind == state::ChannelKind::event) return apply_event(*channel, update, now);
  if (!update.key) return Unexpected{Refusal::bad_key};
  if (update.operation != Operation::remove) return apply_report(update, now);
  return channel ? apply_removal(*channel, update, now) : Outcome{unchanged()};
}

Hub::Outcome Hub::apply_event(const Channel& channel, Update& update, Moment now) {
  if (update.operation != Operation::merge) return Unexpected{Refusal::bad_operation};
  if (update.data.size() > options_.record_bytes_max) return Unexpected{Refusal::limit_record};
  const Fields fields = Fields::from(update.data);
  if (fields.size() > options_.fields_per_record_max) return Unexpected{Refusal::limit_fields};
  open_batch(now);
  const auto* point = std::get_if<geo::Point>(&update.location);
  auto event = std::make_shared<state::Event>(state::Event{.channel = &channel,
                                                           .key = std::move(update.key),
                                                           .seq = open_->seq,
                                                           .n = static_cast<std::uint32_t>(open_events_.size()),
                                                           .time = update.time.value_or(now.timestamp),
                                                           .location = point ? std::optional{*point} : std::nullopt,
                                                           .data = std::string{fields.text()},
                                                           .entity = nullptr});
  open_events_.push_back(std::move(event));
  ++counters_.events;
  return Applied{open_->seq, true};
}

Hub::Outcome Hub::apply_report(Update& update, Moment now) {
  if (update.data.size() > options_.record_bytes_max) return Unexpected{Refusal::limit_record};
  const Channel* channel = channels_.find(update.channel);
  const std::optional<std::uint32_t> space_index = channel ? std::optional{channel->space_index} : channels_.space_index_of(update.channel);
  const EntityPtr before = space_index ? state_.find(*space_index, *update.key) : nullptr;
  const Facet* held = before && channel ? before->find(*channel) : nullptr;

  Reports::Entity* known = before ? reports_.find(*before->identity) : space_index ? reports_.find(*space_index, *update.key) : nullptr;
  const Reports::Facet* newest = known && channel ? known->find(*channel) : nullptr;
  const Timestamp time = update.time.value_or(now.timestamp);
  const bool is_late = newest && Reports::is_older(time, newest->time, now.timestamp);
  if (is_late) ++counters_.late;
  if (is_late && (!held || update.operation != Operation::merge)) return unchanged();

  Fields said = Fields::from(update.data);
  const bool is_merge = held && update.operation == Operation::merge;
  std::optional<Fields> made;
  if (is_merge) made = is_late ? Fields::filled(held->fields, said) : Fields::merged(held->fields, said);
  const bool is_same = held && (is_merge ? !made : held->fields.equals(said));
  const Fields& fields = is_same ? held->fields : made ? *made : said;
  if (fields.text().size() > options_.record_bytes_max) return Unexpected{Refusal::limit_record};
  if (fields.size() > options_.fields_per_record_max) return Unexpected{Refusal::limit_fields};

  // A channel that does not exist yet is stood for by this one until its first update has passed every check.
  Channel prospective;
  if (!channel) prospective.name = update.channel;
  std::optional<state::Place> place = before ? before->place : std::nullopt;
  const auto placed = place_said(place, channel ? *channel : prospective, update, said, held ? &held->fields : nullptr, fields);
  if (!placed) return Unexpected{placed.error()};
  // A place said later stands, and a late report fills it in only.
  const bool is_place_late = (is_late && place) || (known && known->place_time && Reports::is_older(time, *known->place_time, now.timestamp));
  const bool is_placing = *placed && !is_place_late;
  if (is_placing) place = (*placed)->place;

  const bool is_known = is_same && place == before->place;
  if (!is_known && !before && space_index && state_.keys(*space_index) >= options_.keys_per_space_max) return Unexpected{Refusal::limit_keys};
  if (!is_same && state_bytes_after(before.get(), held, fields, *update.key) > options_.state_bytes_max) return Unexpected{Refusal::limit_state};
  if (!channel) {
    channel = *channels_.open(update.channel);
    if (place && place->owner == &prospective) place->owner = channel;
  }

  if (!known) known = &reports_.open(before ? before->identity : make_identity(channel->space_index, *update.key));
  const Timestamp facet_time = is_late ? newest->time : time;
  if (!is_late) Reports::reported(*known, *channel, time);
  if (is_placing) known->place_time = time;
  if (is_known) return unchanged();

  open_batch(now);
  auto after = before ? std::make_shared<Entity>(*before) : std::make_shared<Entity>();
  if (!before) after->identity = known->identity;
  after->place = place;
  std::size_t facet_bytes = 0;
  if (!is_same) {
    auto facet = std::make_shared<const Facet>(Facet{channel, made ? std::move(*made) : std::move(said), open_->seq, facet_time});
    facet_bytes = facet->bytes();
    put(*after, std::move(facet));
  }
  return record({before, std::move(after)}, facet_bytes, now);
}

Hub::Outcome Hub::apply_removal(const Channel& channel, const Update& update, Moment now) {
  const EntityPtr before = state_.find(channel.space_index, *update.key);
  Reports::Entity* known = before ? reports_.find(*before->identity) : reports_.find(channel.space_index, *update.key);
  const Reports::Facet* newest = known ? known->find(channel) : nullptr;
  const Timestamp time = update.time.value_or(now.timestamp);
  if (newest && Reports::is_older(time, newest->time, now.timestamp)) {
    ++counters_.late;
    return unchanged();
  }
  if (!known) known = &reports_.open(make_identity(channel.space_index, *update.key));
  reports_.went(*known, channel, time, now.instant);
  return before && before->find(channel) ? take_away(channel, before, state::Cause::deleted, now) : Outcome{unchanged()};
}

Applied Hub::take_away(const Channel& channel, const EntityPtr& before, state::Cause cause, Moment now) {
  Reports::Entity& known = reports_.open(before->identity);
  if (before->place && before->place->owner == &channel) known.place_time.reset();
  if (before->facets.size() == 1) {
    known.place_time.reset();
    return record({before, nullptr, state::gone(channel, cause)}, 0, now);
  }
  auto after = std::make_shared<Entity>(*before);
  std::erase_if(after->facets, [&](const FacetPtr& facet) { return facet->channel == &channel; });
  if (after->place && after->place->owner == &channel) after->place.reset();
  return record({before, std::move(after), state::gone(channel, cause)}, 0, now);
}

Applied Hub::record(Change change, std::size_t facet_bytes, Moment now) {
  open_batch(now);
  const auto size_of = [](const EntityPtr& entity) {
    if (!entity) return std::size_t{0};
    std::size_t bytes = state::Identity::bytes_of(entity->key()) + entity->bytes() + Reports::bytes_of(entity->facets.size());
    for (const FacetPtr& facet : entity->facets) bytes += facet->bytes();
    return bytes;
  };
  state_bytes_ += size_of(change.after);
  state_bytes_ -= size_of(change.before);
  open_->bytes += sizeof(Change) + facet_bytes + (change.after ? change.after->bytes() : 0);
  state_.apply(change);
  open_->changes.push_back(std::move(change));
  ++counters_.changes;
  return {open_->seq, true};
}

std::size_t Hub::state_bytes_after(const Entity* before, const Facet* held, const Fields& fields, std::string_view key) const noexcept {
  std::size_t bytes = state_bytes_ + sizeof(Facet) + 16 + fields.bytes();
  if (!before) bytes += state::Identity::bytes_of(key) + Entity{}.bytes() + Reports::bytes_of(0);
  return held ? bytes - held->bytes() : bytes + sizeof(FacetPtr) + Reports::bytes_of(1) - Reports::bytes_of(0);
}

Applied Hub::unchanged() const noexcept { return {open_ ? last_ + 1 : last_, false}; }

void Hub::open_batch(Moment now) {
  if (open_) return;
  open_ = std::make_shared<log::Batch>();
  open_->seq = last_ + 1;
  opened_at_ = now.instant;
}

}  // namespace starling::hub

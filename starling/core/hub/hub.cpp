#include "starling/core/hub/hub.hpp"

#include <algorithm>

#include "starling/core/hub/placing.hpp"

namespace starling::hub {
namespace {

std::vector<state::ChannelDeclaration> with_presence(std::vector<state::ChannelDeclaration> declarations,
                                                     const std::vector<state::SpaceDeclaration>& spaces) {
  for (state::ChannelDeclaration& presence : Presence::declarations(spaces)) declarations.push_back(std::move(presence));
  return declarations;
}

/// What `entity` (null: nothing) weighs in the state, but for the facets that it shares with `other`: those are not looked at.
std::size_t bytes_without(const state::Entity* entity, const state::Entity* other) {
  if (!entity) return 0;
  std::size_t bytes = state::Identity::bytes_of(entity->key()) + entity->bytes() + Reports::bytes_of(entity->facets.size());
  std::size_t next = 0;  // of the other's: both are in the order of channels
  for (const state::FacetPtr& facet : entity->facets) {
    while (other && next < other->facets.size() && other->facets[next]->channel->index < facet->channel->index) ++next;
    const bool is_shared = other && next < other->facets.size() && other->facets[next] == facet;
    if (!is_shared) bytes += facet->bytes() + Expiry::bytes_of(*facet->channel);
  }
  return bytes;
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

Hub::Hub(HubOptions options, const std::vector<state::ChannelDeclaration>& declarations)
    : options_(std::move(options)),
      channels_(options_.channels, with_presence(declarations, options_.spaces)),
      presence_(options_.spaces, channels_) {}

const Channel* Hub::open_channel(std::string_view name) {
  const auto channel = channels_.open(name);
  return channel ? *channel : nullptr;
}

void Hub::take_up(log::Past& past, Duration away, Moment now) {
  STARLING_CHECK(last_ == 0 && !open_, last_);
  last_ = past.seq;
  channels_told_ = channels_.all().size();  // whoever goes on with us is told of them with the past
  const Instant heard_at = now.instant - away;
  for (const std::shared_ptr<Entity>& entity : past.entities) {
    entity->slot = state_.apply({nullptr, entity});
    state_bytes_ += bytes_without(entity.get(), nullptr);
    Reports::Entity& known = reports_.open(entity->identity);
    known.slot = entity->slot;
    for (const FacetPtr& facet : entity->facets) {
      if (facet->channel->built_in) continue;
      expiry_.made(*known.identity, Reports::reported(known, *facet->channel, facet->time), heard_at);
    }
    if (entity->place) known.place_time = entity->find(*entity->place->owner)->time;
    presence_.take_up(*entity, known, heard_at);
  }
}

session::Outcome Hub::publish(Update update, Moment now) {
  reports_.forget_old(now.instant);
  if (update.time && *update.time > Reports::clamped(*update.time, now.timestamp)) {
    update.time = Reports::clamped(*update.time, now.timestamp);
    ++counters_.clamped;
  }
  Outcome outcome = apply(update, now);
  ++(outcome ? counters_.updates : counters_.refused);
  return outcome;
}

std::optional<state::Seq> Hub::announce(std::string_view channel_name, std::string_view key, Moment now) {
  const Channel* channel = channels_.find(channel_name);
  const EntityPtr entity = channel ? state_.find(channel->space_index, key) : nullptr;
  if (!entity || !entity->find(*channel)) return std::nullopt;
  return record({entity, entity}, 0, now).seq;
}

void Hub::on_time(Moment now) {
  // What expires goes first: of a key that goes with it nobody needs to hear that it is offline.
  for (std::size_t done = 0; done < options_.dues_per_call_max; ++done) {
    if (const Deadlines::Waiting* over = expiry_.due(now.instant)) {
      ++counters_.expired;
      take_away(*over->channel, state_.find(over->identity->space_index, over->identity->key), state::Cause::expired, now);
    } else if (const Deadlines::Waiting* silent = presence_.due(now.instant)) {
      const EntityPtr entity = state_.find(silent->identity->space_index, silent->identity->key);
      say_presence(entity, presence_.silent(*entity, reports_.open(entity->identity)), now);
    } else {
      return;
    }
  }
}

std::optional<Instant> Hub::next_due() const noexcept {
  const auto expiry = expiry_.next_due(), presence = presence_.next_due();
  if (!expiry || !presence) return expiry ? expiry : presence;
  return std::min(*expiry, *presence);
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
  for (; channels_told_ < channels_.all().size(); ++channels_told_) open_->channels.push_back(channels_.all()[channels_told_]);
  last_ = open_->seq;
  changes_before_ = open_->changes.size();
  return std::exchange(open_, nullptr);
}

log::LateReportsPtr Hub::take_late(Moment now) {
  STARLING_CHECK(!open_, last_);  // what they came after is closed
  if (!late_) return nullptr;
  late_->seq = last_;
  late_->at = now.timestamp;
  return std::exchange(late_, nullptr);
}

std::optional<Instant> Hub::close_due() const noexcept {
  if (!open_) return std::nullopt;
  return opened_at_ + options_.batch_age_max;
}

Hub::Outcome Hub::apply(Update& update, Moment now) {
  // Nothing is made, not even the channel, before all of it has been checked.
  const Channel* channel = channels_.find(update.channel);
  if (!channel) {
    if (const auto allowed = channels_.check(update.channel); !allowed) return Unexpected{allowed.error()};
  }
  if (update.key && !state::is_key(*update.key)) return Unexpected{Refusal::bad_key};
  if (channel && channel->built_in) return Unexpected{Refusal::forbidden};
  if (channel && channel->kind == state::ChannelKind::event) return apply_event(*channel, update, now);
  if (!update.key) return Unexpected{Refusal::bad_key};
  if (update.operation != Operation::remove) return apply_report(channel, update, now);
  return channel ? apply_removal(*channel, update, now) : Outcome{unchanged()};
}

Hub::Outcome Hub::apply_event(const Channel& channel, Update& update, Moment now) {
  if (update.operation != Operation::merge) return Unexpected{Refusal::bad_operation};
  if (update.data.size() > options_.record_bytes_max) return Unexpected{Refusal::limit_record};
  const Fields fields = Fields::taken(std::move(update.data));
  if (fields.size() > options_.fields_per_record_max) return Unexpected{Refusal::limit_fields};
  open_batch(now);
  if (const EntityPtr entity = update.key ? state_.find(channel.space_index, *update.key) : nullptr; entity && !update.retained) hear(entity, now);
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

Hub::Outcome Hub::apply_report(const Channel* channel, Update& update, Moment now) {
  if (update.data.size() > options_.record_bytes_max) return Unexpected{Refusal::limit_record};
  const std::optional<std::uint32_t> space_index = channel ? std::optional{channel->space_index} : channels_.space_index_of(update.channel);
  // Whatever there is has been reported: its key is looked for once.
  Reports::Entity* known = space_index ? reports_.find(*space_index, *update.key) : nullptr;
  EntityPtr before = known ? state_.find_at(*space_index, known->slot) : nullptr;
  const Facet* held = before && channel ? before->find(*channel) : nullptr;

  const Reports::Facet* newest = known && channel ? known->find(*channel) : nullptr;
  const Timestamp time = update.time.value_or(now.timestamp);
  const bool is_late = newest && Reports::is_older(time, newest->time, now.timestamp);
  if (is_late) ++counters_.late;
  if (is_late && (!held || update.operation != Operation::merge)) {
    if (options_.keeps_late) keep_late(*known, *channel, update, time, Fields::taken(std::move(update.data)));
    if (before && !update.retained) hear(before, now);
    return unchanged();
  }

  Fields said = Fields::taken(std::move(update.data));
  // Who says all there is, as most do, leaves nothing to merge.
  const bool is_merge = held && update.operation == Operation::merge && (is_late || !said.has_names_of(held->fields));
  std::optional<Fields> made;
  if (is_merge) made = is_late ? Fields::filled(held->fields, said) : Fields::merged(held->fields, said);
  const bool is_same = held && (is_merge ? !made : held->fields.equals(said));
  const Fields& fields = is_same ? held->fields : made ? *made : said;
  if (fields.text().size() > options_.record_bytes_max) return Unexpected{Refusal::limit_record};
  if (fields.size() > options_.fields_per_record_max) return Unexpected{Refusal::limit_fields};

  // A channel that does not exist yet is stood for by this one until its first update has passed every check.
  std::optional<Channel> prospective;
  if (!channel) prospective.emplace().name = update.channel;
  const Channel& channel_said = channel ? *channel : *prospective;
  std::optional<state::Place> place = before ? before->place : std::nullopt;
  const auto placed = place_said(place, channel_said, update, said, held ? &held->fields : nullptr, fields);
  if (!placed) return Unexpected{placed.error()};
  // A place said later stands, and a late report fills it in only.
  const bool is_place_late = (is_late && place) || (known && known->place_time && Reports::is_older(time, *known->place_time, now.timestamp));
  const bool is_placing = *placed && !is_place_late;
  if (is_placing) place = (*placed)->place;

  const bool is_known = is_same && place == before->place;
  if (!is_known && !before && space_index && state_.keys(*space_index) >= options_.keys_per_space_max) return Unexpected{Refusal::limit_keys};
  if (!is_same && state_bytes_after(before.get(), held, fields, channel_said, *update.key) > options_.state_bytes_max) return Unexpected{Refusal::limit_state};
  if (!channel) {
    channel = *channels_.open(update.channel);
    if (place && place->owner == &channel_said) place->owner = channel;
  }

  if (!known) known = &reports_.open(before ? before->identity : state::Identity::of(channel->space_index, *update.key));
  if (is_late && options_.keeps_late) keep_late(*known, *channel, update, time, said);
  const Timestamp facet_time = is_late ? newest->time : time;
  if (!is_late) {
    Reports::Facet& facet = Reports::reported(*known, *channel, time);
    if (held) {
      expiry_.reported(facet, update.retained, now.instant);
    } else {
      expiry_.made(*known->identity, facet, now.instant);
    }
  }
  if (is_placing) known->place_time = time;
  if (is_known) {
    if (!update.retained) hear(before, now);
    return unchanged();
  }

  open_batch(now);
  auto after = before ? std::make_shared<Entity>(*before) : std::make_shared<Entity>();
  if (!before) after->identity = known->identity;
  after->place = place;
  after->slot = known->slot;
  std::size_t facet_bytes = 0;
  if (!is_same) {
    auto facet = std::make_shared<const Facet>(Facet{channel, made ? std::move(*made) : std::move(said), open_->seq, facet_time});
    facet_bytes = facet->bytes();
    after->put(std::move(facet));
  }
  const Applied applied = record({std::move(before), after}, facet_bytes, now);
  if (!update.retained) hear(after, now);
  return applied;
}

void Hub::keep_late(const Reports::Entity& known, const Channel& channel, const Update& update, Timestamp time, const Fields& said) {
  if (update.retained) return;
  if (!late_) late_ = std::make_shared<log::LateReports>();
  const auto placed = place_said(std::nullopt, channel, update, said, nullptr, said);  // by itself: nobody knows what stood beside it then
  const bool is_placed = placed && *placed && (*placed)->place;
  const log::LateReport& late = late_->reports.emplace_back(log::LateReport{.channel = &channel,
                                                                            .identity = known.identity,
                                                                            .time = time,
                                                                            .point = is_placed ? std::optional{(*placed)->place->point} : std::nullopt,
                                                                            .data = std::string{said.text()}});
  late_->bytes += late.bytes();
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
  const bool is_held = before && before->find(channel);
  const Applied applied = is_held ? take_away(channel, before, state::Cause::deleted, now) : unchanged();
  // Said of what is not there, it still keeps older reports from making it.
  if (!known) known = &reports_.open(state::Identity::of(channel.space_index, *update.key));
  reports_.went(*known, channel, time, now.instant);
  return applied;
}

Applied Hub::take_away(const Channel& channel, const EntityPtr& before, state::Cause cause, Moment now) {
  Reports::Entity& known = reports_.open(before->identity);
  expiry_.going(*known.find(channel));
  reports_.went(known, channel, std::nullopt, now.instant);
  if (before->place && before->place->owner == &channel) known.place_time.reset();

  const Channel* presence = presence_.channel_of(channel.space_index);
  const bool has_presence = presence && before->find(*presence);
  if (before->facets.size() == (has_presence ? 2 : 1)) {  // who is there is said of what is there
    presence_.going(known);
    known.place_time.reset();
    std::vector<state::Gone> gone{{&channel, cause}};
    if (has_presence) gone.push_back({presence, cause});
    return record({before, nullptr, std::make_shared<const std::vector<state::Gone>>(std::move(gone))}, 0, now);
  }
  auto after = std::make_shared<Entity>(*before);
  std::erase_if(after->facets, [&](const FacetPtr& facet) { return facet->channel == &channel; });
  if (after->place && after->place->owner == &channel) after->place.reset();
  return record({before, std::move(after), state::gone(channel, cause)}, 0, now);
}

void Hub::hear(const EntityPtr& entity, Moment now) {
  if (presence_.channel_of(entity->identity->space_index) == nullptr) return;
  if (auto record = presence_.heard(*entity, reports_.open(entity->identity), now)) say_presence(entity, std::move(*record), now);
}

void Hub::say_presence(const EntityPtr& before, Fields record_now, Moment now) {
  open_batch(now);
  auto after = std::make_shared<Entity>(*before);
  auto facet = std::make_shared<const Facet>(
      Facet{presence_.channel_of(before->identity->space_index), std::move(record_now), open_->seq, now.timestamp});
  const std::size_t facet_bytes = facet->bytes();
  after->put(std::move(facet));
  record({before, std::move(after)}, facet_bytes, now);
}

Applied Hub::record(Change change, std::size_t facet_bytes, Moment now) {
  open_batch(now);
  state_bytes_ += bytes_without(change.after.get(), change.before.get());
  state_bytes_ -= bytes_without(change.before.get(), change.after.get());
  open_->bytes += sizeof(Change) + facet_bytes + (change.after ? change.after->bytes() : 0);
  const std::uint32_t slot = state_.apply(change);
  if (!change.before || !change.after) reports_.open(change.identity_ptr()).slot = slot;
  open_->changes.push_back(std::move(change));
  ++counters_.changes;
  return {open_->seq, true};
}

std::size_t Hub::state_bytes_after(const Entity* before, const Facet* held, const Fields& fields, const Channel& channel,
                                   std::string_view key) const noexcept {
  std::size_t bytes = state_bytes_ + sizeof(Facet) + 16 + fields.bytes();
  if (!before) bytes += state::Identity::bytes_of(key) + Entity{}.bytes() + Reports::bytes_of(0);
  return held ? bytes - held->bytes() : bytes + sizeof(FacetPtr) + Reports::bytes_of(1) - Reports::bytes_of(0) + Expiry::bytes_of(channel);
}

Applied Hub::unchanged() const noexcept { return {open_ ? last_ + 1 : last_, false}; }

void Hub::open_batch(Moment now) {
  if (open_) return;
  open_ = std::make_shared<log::Batch>();
  open_->seq = last_ + 1;
  open_->changes.reserve(changes_before_);
  opened_at_ = now.instant;
}

}  // namespace starling::hub

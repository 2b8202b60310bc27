#include "starling/core/store/taking_up.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"

namespace starling::store {
namespace {

bool says_presence(std::string_view record) {
  std::size_t members = 0;
  for ([[maybe_unused]] const json::Member& member : json::Members{record}) ++members;
  return members == 2 && json::find(record, "online") && json::find(record, "heard");
}

/// Without a presence of its own nothing of an entity would remain to be present.
void drop_without_reports(std::vector<std::shared_ptr<state::Entity>>& entities) {
  std::erase_if(entities, [](const std::shared_ptr<state::Entity>& entity) {
    return std::ranges::all_of(entity->facets, [](const state::FacetPtr& facet) { return facet->channel->built_in; });
  });
}

}  // namespace

void TakingUp::facet(const FacetRow& row) {
  const state::Channel* channel = find_channel(row.channel, state::ChannelKind::state);
  std::string room;
  const auto record = json::compact(row.record, room);
  // Where nobody asks any more who is there, nothing would ever change what is said of it.
  const bool is_presence = channel && !channel->built_in && channel->facet() == "presence" && record && says_presence(*record);
  if (channel == nullptr || is_presence || !state::is_key(row.key) || !record || json::kind_of(*record) != json::Kind::object) return leave_out(row.channel);
  open(*channel, row.key).put(std::make_shared<const state::Facet>(state::Facet{channel, state::Fields::from(*record), row.seq, row.time}));
}

void TakingUp::place(const PlaceRow& row) {
  const state::Channel* channel = find_channel(row.channel, state::ChannelKind::state);
  const auto point = geo::Point::from(row.point.latitude_deg, row.point.longitude_deg);
  const auto found = channel ? by_key_.find({channel->space_index, std::string{row.key}}) : by_key_.end();
  if (!point || found == by_key_.end() || entities_[found->second]->find(*channel) == nullptr) return leave_out(row.channel);
  entities_[found->second]->place = state::Place{*point, channel};
}

void TakingUp::tail(const TailRow& row) {
  const state::Channel* channel = find_channel(row.channel, state::ChannelKind::event);
  std::string room;
  const auto data = json::compact(row.data, room);
  if (channel == nullptr || !data || json::kind_of(*data) != json::Kind::object || (row.key && !state::is_key(*row.key))) return leave_out(row.channel);
  auto event = std::make_shared<state::Event>(state::Event{.channel = channel,
                                                           .key = row.key ? std::optional{std::string{*row.key}} : std::nullopt,
                                                           .seq = row.seq,
                                                           .n = row.n,
                                                           .time = row.time,
                                                           .location = row.location,
                                                           .data = std::string{*data},
                                                           .entity = nullptr});
  if (row.entity && row.key) {
    auto entity = log::read_entity(*row.entity, channel->space_index, *row.key, channel_of_);
    if (entity) {
      event->entity = std::move(*entity);
    } else {
      leave_out(row.channel);
    }
  }
  events_.push_back(std::move(event));
}

TakenUp TakingUp::take(const std::optional<Life>& life, std::span<const std::string> log, Timestamp now) {
  TakenUp taken;
  taken.past.entities = std::move(entities_);
  drop_without_reports(taken.past.entities);
  taken.past.events = std::move(events_);
  std::ranges::sort(taken.past.events, {}, [](const state::EventPtr& event) { return std::pair{event->seq, event->n}; });
  for (const auto& [channel, rows] : left_out_) {
    taken.notes.push_back(fmt::format("{} rows of {} in the store are left out: this configuration has no such channel, or they cannot be read", rows, channel));
  }
  if (!life) return taken;
  taken.past.seq = life->seq;
  taken.away = std::max<Duration>(Duration{0}, now - life->saved_at);
  if (!life->is_clean || !taken.notes.empty()) return taken;
  auto batches = read_log(log, taken.past);
  if (!batches) {
    taken.notes.push_back(fmt::format("the log in the store cannot be read, so viewers begin anew: {}", batches.error()));
    return taken;
  }
  taken.past.batches = std::move(*batches);
  taken.epoch = life->epoch;
  return taken;
}

const state::Channel* TakingUp::find_channel(std::string_view name, state::ChannelKind kind) const {
  const state::Channel* channel = channel_of_(name);
  return channel && channel->kind == kind ? channel : nullptr;
}

state::Entity& TakingUp::open(const state::Channel& channel, std::string_view key) {
  const auto [found, is_new] = by_key_.try_emplace({channel.space_index, std::string{key}}, entities_.size());
  if (is_new) {
    auto entity = std::make_shared<state::Entity>();
    entity->identity = state::Identity::of(channel.space_index, key);
    entities_.push_back(std::move(entity));
  }
  return *entities_[found->second];
}

Result<std::vector<log::BatchPtr>, std::string> TakingUp::read_log(std::span<const std::string> texts, const log::Past& past) const {
  log::BatchesBack back{channel_of_};
  for (const auto& entity : past.entities) back.begin_with(entity);
  std::vector<log::BatchPtr> batches;
  for (auto text = texts.rbegin(); text != texts.rend(); ++text) {
    auto batch = back.read(*text);
    if (!batch) return Unexpected{batch.error()};
    if ((*batch)->seq != past.seq - batches.size()) return Unexpected{fmt::format("batch {} is not where it should be", (*batch)->seq)};
    batches.push_back(std::move(*batch));
  }
  std::ranges::reverse(batches);
  return batches;
}

}  // namespace starling::store

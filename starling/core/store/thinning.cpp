#include "starling/core/store/thinning.hpp"

#include <algorithm>
#include <utility>

#include "starling/core/geo/distance.hpp"

namespace starling::store {
namespace {

std::optional<geo::Point> point_of(const SetRecord& record) noexcept { return record.place ? std::optional{record.place->point} : std::nullopt; }

/// The row of a key that was written last.
struct Last {
  Timestamp at, time;
  const std::optional<geo::Point>& place;
};

bool is_written(const state::Channel& channel, const Last& last, const SetRecord& record, Timestamp at) noexcept {
  const auto& every = channel.history_every;
  // Before the last one: our own clock was set back.
  if (every && (at < last.at || at - last.at >= *every || record.facet->time - last.time >= *every)) return true;
  if (!channel.history_distance_m) return false;
  if (last.place && record.place) return geo::distance_m(*last.place, record.place->point) >= *channel.history_distance_m;
  return last.place || record.place || !every;
}

}  // namespace

bool Thinning::lets_through(SetRecord record, Timestamp at) {
  const state::Channel& channel = *record.facet->channel;
  const auto [found, is_new] = entries_[&channel].try_emplace(record.identity);
  Entry& entry = found->second;
  if (is_new) {
    entry = {.at = at, .time = record.facet->time, .place = point_of(record), .left_out = {}, .due = {}};
    return true;
  }
  if (!is_written(channel, {entry.at, entry.time, entry.place}, record, at)) {
    leave_out(entry, std::move(record));
    return false;
  }
  (void)take_left_out(entry);
  write_down(entry, record, at);
  return true;
}

void Thinning::moved(const state::Entity& entity) noexcept {
  for (const state::FacetPtr& facet : entity.facets) {
    Entry* const entry = concerns(*facet->channel) ? find(*facet->channel, *entity.identity) : nullptr;
    if (entry && entry->left_out) entry->left_out->place = entity.place;
  }
}

std::optional<SetRecord> Thinning::removed(const state::Channel& channel, const state::Identity& identity) {
  Entry* const entry = find(channel, identity);
  if (entry == nullptr) return std::nullopt;
  auto last = take_left_out(*entry);
  Entries& of_channel = entries_.at(&channel);
  of_channel.erase(of_channel.find(&identity));
  return last;
}

std::optional<Timestamp> Thinning::next_due() const noexcept { return dues_.empty() ? std::nullopt : std::optional{dues_.begin()->first}; }

std::vector<Thinning::Due> Thinning::take_due(Timestamp now) {
  std::vector<Due> taken;
  while (!dues_.empty() && dues_.begin()->first <= now) {
    const auto [at, entry] = *dues_.begin();
    taken.push_back({*take_left_out(*entry), at});
    write_down(*entry, taken.back().record, at);
  }
  return taken;
}

std::vector<SetRecord> Thinning::take_all(Timestamp at) {
  std::vector<SetRecord> taken;
  for (auto& [channel, entries] : entries_) {
    for (auto& [identity, entry] : entries) {
      auto record = take_left_out(entry);
      if (!record) continue;
      write_down(entry, *record, at);
      taken.push_back(std::move(*record));
    }
  }
  return taken;
}

void Thinning::forget() noexcept {
  dues_.clear();
  entries_.clear();
  left_out_ = 0;
}

std::size_t Thinning::size() const noexcept {
  std::size_t size = 0;
  for (const auto& [channel, entries] : entries_) size += entries.size();
  return size;
}

Thinning::Entry* Thinning::find(const state::Channel& channel, const state::Identity& identity) noexcept {
  const auto of_channel = entries_.find(&channel);
  if (of_channel == entries_.end()) return nullptr;
  const auto entry = of_channel->second.find(&identity);
  return entry == of_channel->second.end() ? nullptr : &entry->second;
}

void Thinning::write_down(Entry& entry, const SetRecord& record, Timestamp at) noexcept {
  const auto& every = record.facet->channel->history_every;
  const bool has_passed = every && at - entry.at >= *every;
  entry.time = has_passed ? std::max(record.facet->time, entry.time + std::chrono::ceil<Timestamp::duration>(*every)) : record.facet->time;
  entry.at = at;
  entry.place = point_of(record);
}

void Thinning::leave_out(Entry& entry, SetRecord record) {
  const auto& every = record.facet->channel->history_every;
  if (!entry.left_out) ++left_out_;
  entry.left_out = std::move(record);
  if (every && !entry.due) entry.due = dues_.emplace(entry.at + std::chrono::ceil<Timestamp::duration>(*every), &entry);
}

std::optional<SetRecord> Thinning::take_left_out(Entry& entry) noexcept {
  if (entry.left_out) --left_out_;
  if (entry.due) dues_.erase(*std::exchange(entry.due, std::nullopt));
  return std::exchange(entry.left_out, std::nullopt);
}

}  // namespace starling::store

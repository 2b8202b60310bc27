#include "starling/core/hub/reports.hpp"

#include <algorithm>

namespace starling::hub {

Reports::Facet* Reports::Entity::find(const state::Channel& channel) noexcept {
  const auto found = std::ranges::find(facets, &channel, &Facet::channel);
  return found == facets.end() ? nullptr : &*found;
}

Reports::Entity* Reports::find(std::uint32_t space_index, std::string_view key) noexcept {
  const auto found = entities_.find(Who{space_index, key, state::Identity::hash_of(space_index, key)});
  return found == entities_.end() ? nullptr : &found->second;
}

Reports::Entity* Reports::find(const state::Identity& identity) noexcept {
  const auto found = entities_.find(&identity);
  return found == entities_.end() ? nullptr : &found->second;
}

Reports::Entity& Reports::open(const state::IdentityPtr& identity) {
  Entity& entity = entities_.try_emplace(identity.get()).first->second;
  if (!entity.identity) entity.identity = identity;
  return entity;
}

Reports::Facet& Reports::reported(Entity& entity, const state::Channel& channel, Timestamp time) {
  Facet* facet = entity.find(channel);
  if (facet == nullptr) facet = &entity.facets.emplace_back(Facet{&channel, time, std::nullopt});
  facet->time = time;
  facet->trace.reset();
  return *facet;
}

void Reports::went(Entity& entity, const state::Channel& channel, std::optional<Timestamp> time, Instant now) {
  Facet* facet = entity.find(channel);
  if (facet == nullptr) facet = &entity.facets.emplace_back(Facet{&channel, time.value_or(Timestamp{}), std::nullopt});
  if (time) facet->time = *time;
  if (facet->trace) return;  // said again: its trace is left already
  facet->trace = ++traces_ever_;
  traces_.push_back({entity.identity, &channel, traces_ever_, now});
  if (traces_.size() > kTracesMax) forget_oldest();
}

void Reports::forget_old(Instant now) {
  while (!traces_.empty() && now - traces_.front().left_at >= kTraceAgeMax) forget_oldest();
}

void Reports::forget_oldest() {
  const Trace trace = std::move(traces_.front());
  traces_.pop_front();
  const auto found = entities_.find(trace.identity.get());
  if (found == entities_.end()) return;
  // A facet that came back has none, and one that went again since another.
  std::erase_if(found->second.facets, [&](const Facet& facet) { return facet.channel == trace.channel && facet.trace == trace.number; });
  if (found->second.facets.empty()) entities_.erase(found);
}

}  // namespace starling::hub

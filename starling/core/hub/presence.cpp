#include "starling/core/hub/presence.hpp"

#include "starling/core/base/check.hpp"

namespace starling::hub {
namespace {

std::string channel_name(const state::SpaceDeclaration& space) { return space.name + ":presence"; }

state::Fields record(bool is_online, std::string_view heard_value) {
  return state::Fields::from(std::string{R"({"online":)"} + (is_online ? "true" : "false") + R"(,"heard":)" + std::string{heard_value} + '}');
}

}  // namespace

std::vector<state::ChannelDeclaration> Presence::declarations(const std::vector<state::SpaceDeclaration>& spaces) {
  std::vector<state::ChannelDeclaration> declarations;
  for (const state::SpaceDeclaration& space : spaces) {
    if (!space.offline_after) continue;
    state::ChannelDeclaration& channel = declarations.emplace_back();
    channel.name = channel_name(space);
    channel.hidden = true;
    channel.built_in = true;
  }
  return declarations;
}

Presence::Presence(const std::vector<state::SpaceDeclaration>& spaces, const state::Channels& channels) {
  for (const state::SpaceDeclaration& space : spaces) {
    if (!space.offline_after) continue;
    const state::Channel* channel = channels.find(channel_name(space));
    STARLING_CHECK(channel != nullptr && channel->built_in, space.name);
    if (channel->space_index >= by_space_.size()) by_space_.resize(channel->space_index + 1);
    by_space_[channel->space_index] = {channel, *space.offline_after};
  }
}

const state::Channel* Presence::channel_of(std::uint32_t space_index) const noexcept {
  const Watched* space = watched(space_index);
  return space ? space->channel : nullptr;
}

void Presence::take_up(const state::Entity& entity, Reports::Entity& reports, Instant heard_at) {
  const Watched* space = watched(entity.identity->space_index);
  const state::Facet* facet = space ? entity.find(*space->channel) : nullptr;
  if (facet == nullptr || facet->fields.find("online") != "true") return;
  reports.silence = silences_.add(space->offline_after, *entity.identity, *space->channel, heard_at);
  reports.heard_at = heard_at;
}

std::optional<state::Fields> Presence::heard(const state::Entity& entity, Reports::Entity& reports, Moment now) {
  const Watched* space = watched(entity.identity->space_index);
  if (space == nullptr) return std::nullopt;
  if (reports.silence) {
    silences_.put_off(*reports.silence, now.instant);
    if (now.instant - reports.heard_at < kHeardEvery) return std::nullopt;
  } else {
    reports.silence = silences_.add(space->offline_after, *entity.identity, *space->channel, now.instant);
  }
  reports.heard_at = now.instant;
  return record(true, '"' + format_rfc3339(now.timestamp) + '"');
}

state::Fields Presence::silent(const state::Entity& entity, Reports::Entity& reports) {
  const state::Facet* facet = entity.find(*channel_of(entity.identity->space_index));
  going(reports);
  return record(false, *facet->fields.find("heard"));
}

void Presence::going(Reports::Entity& reports) {
  if (!reports.silence) return;
  silences_.remove(*reports.silence);
  reports.silence.reset();
}

const Presence::Watched* Presence::watched(std::uint32_t space_index) const noexcept {
  return space_index < by_space_.size() && by_space_[space_index].channel ? &by_space_[space_index] : nullptr;
}

}  // namespace starling::hub

#include "starling/core/view/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"

namespace starling::view {
namespace {

/// FNV-1a, 64 bits: stable across builds and machines. Not a secret; a viewer that makes two of its own queries collide
/// resumes with its own wrong query.
std::uint64_t stable_hash(std::string_view text) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

std::string declarations_text(const Query& query, const state::Channels& channels) {
  std::vector<std::string> lines;
  for (const auto& channel : channels.all()) {
    if (!channel->declared) continue;
    const bool covered = std::ranges::any_of(query.channels, [&](const std::string& pattern) { return covers(pattern, channel->name); });
    if (!covered) continue;
    lines.push_back(fmt::format("{}/{}/{}/{}", channel->name, channel->kind == state::ChannelKind::event ? "event" : "state",
                                channel->hidden ? "hidden" : "", channel->location ? channel->location->first + "," + channel->location->second : ""));
  }
  std::ranges::sort(lines);
  return fmt::format("declared[{}]", fmt::join(lines, ";"));
}

std::optional<std::string_view> find_field(const state::Entity& entity, const Condition& condition) noexcept {
  for (const state::FacetPtr& facet : entity.facets) {
    if (facet->channel->facet() == condition.facet) return facet->fields.find(condition.field);
  }
  return std::nullopt;
}

/// Of an event's data, whose names are canonical.
std::optional<std::string_view> find_field(std::string_view data, std::string_view canonical_name) noexcept {
  for (const json::Member& member : json::Members{data}) {
    if (member.name == canonical_name) return member.value;
  }
  return std::nullopt;
}

}  // namespace

View::View(Query query, const state::Channels& channels) : query_(std::move(query)) {
  const auto sort = [](std::optional<std::vector<std::string>>& list) {
    if (!list) return;
    std::ranges::sort(*list);
    list->erase(std::unique(list->begin(), list->end()), list->end());
  };
  sort(query_.filter.keys);
  sort(query_.fields);
  projection_ = query_.fields ? std::make_shared<const Projection>(query_.fields, std::vector<std::string>{}, Precision{}) : Projection::everything();
  text_ = normalised_text(query_) + declarations_text(query_, channels);
  name_ = fmt::format("{:016x}", stable_hash(text_));
}

bool View::shows(const state::Channel& channel) const {
  if (channel.index >= shown_.size()) shown_.resize(channel.index + 1, Shown::undecided);
  Shown& shown = shown_[channel.index];
  if (shown == Shown::undecided) shown = decide(channel) ? Shown::yes : Shown::no;
  return shown == Shown::yes;
}

bool View::decide(const state::Channel& channel) const noexcept {
  return std::ranges::any_of(query_.channels, [&](const std::string& pattern) {
    return is_wildcard(pattern) ? !channel.hidden && covers(pattern, channel.name) : pattern == channel.name;
  });
}

bool View::in_bounds(const std::optional<geo::Point>& place) const noexcept {
  if (!query_.filter.bounds) return true;
  return place ? query_.filter.bounds->contains(*place) : query_.filter.unlocated;
}

bool View::has_key(std::string_view key) const noexcept {
  return !query_.filter.keys || std::ranges::binary_search(*query_.filter.keys, key, std::less<std::string_view>{});
}

Membership View::membership(const state::Entity& entity) const noexcept {
  if (!has_key(entity.key())) return Membership::filtered;
  const bool inside = in_bounds(entity.place ? std::optional{entity.place->point} : std::nullopt);
  return inside ? Membership::inside : Membership::moved;
}

bool View::shows(const state::Event& event) const {
  if (!shows(*event.channel)) return false;
  if (query_.filter.keys && (!event.key || !has_key(*event.key))) return false;
  if (!in_bounds(event.place())) return false;
  return std::ranges::all_of(query_.filter.where.conditions(), [&](const Condition& condition) {
    if (condition.facet.empty()) return condition.holds(find_field(event.data, condition.field));
    return condition.holds(event.entity ? find_field(*event.entity, condition) : std::nullopt);
  });
}

bool View::admits(const state::Entity& entity, const state::Facet& facet) const {
  return std::ranges::all_of(query_.filter.where.conditions(), [&](const Condition& condition) {
    return condition.holds(condition.facet.empty() ? facet.fields.find(condition.field) : find_field(entity, condition));
  });
}

bool View::shows_inside_as(const View& other) const noexcept {
  return query_.channels == other.query_.channels && query_.filter.where.text() == other.query_.filter.where.text() &&
         projection_->shows_as(*other.projection_);
}

}  // namespace starling::view

#include "starling/core/view/view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/check.hpp"
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

std::string declarations_text(const Query& query, const state::KnownChannels& channels) {
  std::vector<std::string> lines;
  for (const state::Channel* channel : channels.all()) {
    if (!channel->declared) continue;
    const bool covered = std::ranges::any_of(query.channels, [&](const std::string& pattern) { return covers(pattern, channel->name); });
    if (!covered) continue;
    lines.push_back(fmt::format("{}/{}/{}/{}", channel->name, channel->kind == state::ChannelKind::event ? "event" : "state",
                                channel->hidden ? "hidden" : "", channel->location ? channel->location->first + "," + channel->location->second : ""));
  }
  std::ranges::sort(lines);
  return fmt::format("declared[{}]", fmt::join(lines, ";"));
}

bool fits(const Filter& filter, const std::optional<geo::Point>& place) noexcept {
  if (!filter.bounds) return true;
  return place ? filter.bounds->contains(*place) : filter.unlocated;
}

const state::Facet* find_facet(const state::Entity* entity, std::string_view name) noexcept {
  if (entity == nullptr) return nullptr;
  for (const state::FacetPtr& facet : entity->facets) {
    if (facet->channel->facet() == name) return facet.get();
  }
  return nullptr;
}

/// What conditions are tested on: a record, and the other facets of its entity.
struct Sight {
  const state::Channel& channel;
  const state::Entity* entity;  ///< null: none

  /// `own` finds a field of the record. `rights`: null for things as they are.
  template <class Own>
  [[nodiscard]] bool meets(const Where& where, const Rights* rights, Own&& own) const {
    Precision::Room room;
    return std::ranges::all_of(where.conditions(), [&](const Condition& condition) {
      const state::Channel* said_by = &channel;
      std::optional<std::string_view> value;
      if (condition.facet.empty()) {
        value = own(std::string_view{condition.field});
      } else if (const state::Facet* facet = find_facet(entity, condition.facet); facet && (!rights || rights->reads(*facet->channel))) {
        said_by = facet->channel;
        value = facet->fields.find(condition.field);
      }
      return condition.holds(rights ? rights->seen(*said_by, condition.field, value, room) : value);
    });
  }
};

/// The keys that are in both; absent is all.
std::optional<std::vector<std::string>> keys_in_both(const std::optional<std::vector<std::string>>& a, const std::optional<std::vector<std::string>>& b) {
  if (!a || !b) return a ? a : b;
  std::vector<std::string> both;
  std::ranges::set_intersection(*a, *b, std::back_inserter(both));
  return both;
}

/// For `View::reach`; keys are sorted.
std::optional<Filter> reach_of(const Filter& query, const Rights& rights) {
  const Filter& filter = rights.filter();
  if (rights.text().empty()) return std::nullopt;
  Filter reach;
  reach.keys = keys_in_both(query.keys, filter.keys);
  // What is hidden may be anywhere, and is nowhere to the viewer.
  const bool is_bound = query.bounds && !(query.unlocated && rights.may_hide_places());
  reach.bounds = is_bound ? std::optional{rights.precision().reach_of(*query.bounds)} : filter.bounds;
  reach.unlocated = (!is_bound || query.unlocated) && (!filter.bounds || filter.unlocated);
  return reach;
}

}  // namespace

View::View(Query query, RightsPtr rights, const state::KnownChannels& channels) : query_(std::move(query)), rights_(std::move(rights)) {
  STARLING_CHECK(rights_ != nullptr);
  const auto sort = [](std::optional<std::vector<std::string>>& list) {
    if (!list) return;
    std::ranges::sort(*list);
    list->erase(std::unique(list->begin(), list->end()), list->end());
  };
  sort(query_.filter.keys);
  sort(query_.fields);
  projection_ = std::make_shared<const Projection>(query_.fields, rights_->hidden_fields(), rights_->precision());
  if (projection_->shows_all()) projection_ = Projection::everything();
  reach_ = reach_of(query_.filter, *rights_);
  is_limited_ = !rights_->text().empty();
  has_where_ = !query_.filter.where.is_empty() || !rights_->filter().where.is_empty();
  text_ = normalised_text(query_) + declarations_text(query_, channels);
  query_text_size_ = text_.size();
  text_ += rights_->text();
  name_ = fmt::format("q{:016x}", stable_hash(query_text()));
  if (is_limited_) name_ += fmt::format("r{:016x}", stable_hash(rights_->text()));
}

bool View::has_query_of(std::string_view name) const noexcept {
  return name.substr(0, name.find('r')) == std::string_view{name_}.substr(0, name_.find('r'));
}

bool View::shows(const state::Channel& channel) const {
  if (channel.index >= shown_.size()) shown_.resize(channel.index + 1, Shown::undecided);
  Shown& shown = shown_[channel.index];
  if (shown == Shown::undecided) shown = decide(channel) ? Shown::yes : Shown::no;
  return shown == Shown::yes;
}

bool View::decide(const state::Channel& channel) const noexcept {
  const bool is_asked = std::ranges::any_of(query_.channels, [&](const std::string& pattern) {
    return is_wildcard(pattern) ? !channel.hidden && covers(pattern, channel.name) : pattern == channel.name;
  });
  return is_asked && rights_->reads(channel);
}

bool View::has_key(std::string_view key) const noexcept {
  const auto& keys = reach().keys;
  return !keys || std::ranges::binary_search(*keys, key, std::less<std::string_view>{});
}

Membership View::membership(const state::Entity& entity) const {
  if (!has_key(entity.key())) return Membership::filtered;
  if (is_limited_) {
    if (!fits(rights_->filter(), entity.place ? std::optional{entity.place->point} : std::nullopt)) return Membership::filtered;
    return fits(query_.filter, rights_->seen(entity.place)) ? Membership::inside : Membership::moved;
  }
  if (!query_.filter.bounds) return Membership::inside;
  return fits(query_.filter, entity.place ? std::optional{entity.place->point} : std::nullopt) ? Membership::inside : Membership::moved;
}

bool View::admits(const state::Entity& entity, const state::Facet& facet) const {
  const auto own = [&facet](std::string_view field) { return facet.fields.find(field); };
  const Sight sight{*facet.channel, &entity};
  return sight.meets(query_.filter.where, is_limited_ ? rights_.get() : nullptr, own) && sight.meets(rights_->filter().where, nullptr, own);
}

bool View::shows(const state::Event& event) const {
  if (!shows(*event.channel)) return false;
  if (reach().keys && (!event.key || !has_key(*event.key))) return false;
  std::optional<geo::Point> place = event.place();
  if (is_limited_) {
    if (!fits(rights_->filter(), place)) return false;
    if (event.location) {
      place = rights_->seen(*event.location, *event.channel);
    } else {
      place = rights_->seen(event.entity ? event.entity->place : std::nullopt);
    }
  }
  if (!fits(query_.filter, place)) return false;
  if (!has_where_) return true;
  const auto own = [&event](std::string_view field) -> std::optional<std::string_view> {
    for (const json::Member& member : json::Members{event.data}) {  // its names are canonical
      if (member.name == field) return member.value;
    }
    return std::nullopt;
  };
  const Sight sight{*event.channel, event.entity.get()};
  return sight.meets(query_.filter.where, is_limited_ ? rights_.get() : nullptr, own) && sight.meets(rights_->filter().where, nullptr, own);
}

bool View::shows_inside_as(const View& other) const noexcept {
  return query_.channels == other.query_.channels && query_.filter.where.text() == other.query_.filter.where.text() &&
         projection_->shows_as(*other.projection_) && rights_->text() == other.rights_->text();
}

}  // namespace starling::view

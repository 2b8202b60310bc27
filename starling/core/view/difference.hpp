/// @file
/// What a viewer is told of a change: the difference between what its view shows of before and of after.
///
///   before in view   after in view   told
///   no               yes             set, the whole record
///   yes              yes             patch, the fields that differ (set if a field disappeared)
///   yes              no              remove, with the reason
///   no               no              nothing
///
/// Leaving the map, entering it, conflation, resuming, catching up and panning (two views) are all this table. It is read in two steps: the
/// transitions of a change say which facets come, stay and go; of one that stays, the projection says which fields differ.
#pragma once

#include <cstdint>
#include <optional>

#include "starling/core/state/change.hpp"
#include "starling/core/view/view.hpp"

namespace starling::view {

enum class Told : std::uint8_t { set, patch, remove };
enum class RemoveReason : std::uint8_t { moved, filtered, deleted, expired, revoked };

[[nodiscard]] const char* to_text(RemoveReason reason) noexcept;

/// One facet that comes, stays or goes. Points into the change.
struct Transition {
  const state::Channel* channel;
  /// patch: shown on both sides, and not the same facet shown alike. Whether what is shown differs is for `Projection::append_patch` to
  /// say.
  Told told;
  RemoveReason reason;          ///< of a remove
  const state::Facet* before;  ///< null for a set
  const state::Facet* after;   ///< null for a remove
  // The whole of it on either side, null where it is not there.
  const state::Entity* entity_before;
  const state::Entity* entity;
};

namespace detail {
/// A view's share in a change, asked once for all its facets.
struct Side {
  Side(const View& its_view, const state::Entity* its_entity)
      : view(its_view), entity(its_entity), membership(entity ? view.membership(*entity) : Membership::filtered) {}
  [[nodiscard]] bool is_in() const noexcept { return membership == Membership::inside; }
  [[nodiscard]] bool shows(const state::Facet* facet) const {
    return facet && is_in() && view.shows(*facet->channel) && (!view.has_where() || view.admits(*entity, *facet));
  }

  const View& view;
  const state::Entity* entity;
  Membership membership;
};

[[nodiscard]] RemoveReason reason_for(const View& was, const Side& is, const state::Channel& channel, const state::Facet* after,
                                      const state::Change& change);
}  // namespace detail

/// Visits what is told of `change` to one who was shown `before` through `was` and is now shown `after` through `is`: at most one
/// `Transition` a channel, in the order of channels. Allocates nothing.
template <class Visit>
void for_each_transition(const View& was, const View& is, const state::Change& change, Visit&& visit) {
  const detail::Side before{was, change.before.get()}, after{is, change.after.get()};
  if (!before.is_in() && !after.is_in()) return;
  const bool is_shown_alike = was.projection()->shows_as(*is.projection());

  // Both lists are in the order of channels: walk them together.
  std::size_t b = 0, a = 0;
  const std::size_t before_count = before.entity ? before.entity->facets.size() : 0;
  const std::size_t after_count = after.entity ? after.entity->facets.size() : 0;
  while (b < before_count || a < after_count) {
    const state::Facet* old_facet = b < before_count ? before.entity->facets[b].get() : nullptr;
    const state::Facet* new_facet = a < after_count ? after.entity->facets[a].get() : nullptr;
    if (old_facet && new_facet && old_facet->channel != new_facet->channel) {
      (old_facet->channel->index < new_facet->channel->index ? new_facet : old_facet) = nullptr;
    }
    b += old_facet != nullptr;
    a += new_facet != nullptr;
    const state::Channel* channel = (old_facet ? old_facet : new_facet)->channel;
    // A facet that is the same on both sides may still come or go: its entity's place, or a condition on another facet.
    const bool was_shown = before.shows(old_facet);
    const bool is_shown = after.shows(new_facet);
    if (was_shown && !is_shown) {
      visit(Transition{channel, Told::remove, detail::reason_for(was, after, *channel, new_facet, change), old_facet, nullptr, before.entity, after.entity});
    } else if (!was_shown && is_shown) {
      visit(Transition{channel, Told::set, {}, nullptr, new_facet, before.entity, after.entity});
    } else if (was_shown && is_shown && !(old_facet == new_facet && is_shown_alike)) {
      visit(Transition{channel, Told::patch, {}, old_facet, new_facet, before.entity, after.entity});
    }
  }
}

/// What is told of one facet to whoever is shown all of its entity before and after, through one view: what `for_each_transition` tells of
/// this channel to a view that the box alone decides and that holds both places. nullopt: nothing.
[[nodiscard]] std::optional<Transition> transition_inside(const state::Change& change, const state::Channel& channel) noexcept;

}  // namespace starling::view

/// @file
/// The entities a view may show, found by their keys, by their places, or, where neither narrows it, one by one.
///
/// It may find one that turns out not to be shown, never the other way round: what is shown is decided by the view alone.
#pragma once

#include <optional>
#include <vector>

#include "starling/core/state/state.hpp"
#include "starling/core/view/view.hpp"

namespace starling::fanout {

/// Visits each (`const EntityPtr&`) once.
template <class Visit>
void for_each_selected(const state::State& state, const view::View& view, Visit&& visit) {
  const view::Filter& filter = view.reach();
  for (const state::Space& space : state.spaces()) {
    if (filter.keys) {
      for (const std::string& key : *filter.keys) {
        if (const state::EntityPtr entity = space.find(key)) visit(entity);
      }
    } else if (filter.bounds) {
      space.for_each_in(*filter.bounds, visit);
      if (filter.unlocated) space.for_each_unlocated(visit);
    } else {
      space.for_each(visit);
    }
  }
}

/// All of them, if they were asked for by key or are not more than `count_max` in a box; nullopt: there are too many to gather.
[[nodiscard]] std::optional<std::vector<state::EntityPtr>> select_few(const state::State& state, const view::View& view, std::size_t count_max);

}  // namespace starling::fanout

#include "starling/core/fanout/selection.hpp"

namespace starling::fanout {

std::optional<std::vector<state::EntityPtr>> select_few(const state::State& state, const view::View& view, std::size_t count_max) {
  const view::Filter& filter = view.reach();
  if (!filter.keys && !filter.bounds) return std::nullopt;
  if (!filter.keys) {
    std::size_t count = 0;
    for (const state::Space& space : state.spaces()) {
      count += space.count_in(*filter.bounds, count_max + 1);
      if (filter.unlocated) space.for_each_unlocated([&](const state::EntityPtr&) { ++count; });
      if (count > count_max) return std::nullopt;
    }
  }
  std::vector<state::EntityPtr> selected;
  for_each_selected(state, view, [&](const state::EntityPtr& entity) { selected.push_back(entity); });
  return selected;
}

}  // namespace starling::fanout

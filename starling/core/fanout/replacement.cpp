#include "starling/core/fanout/replacement.hpp"

#include <unordered_set>

#include "starling/core/fanout/selection.hpp"

namespace starling::fanout {
namespace {

using view::Membership;
using view::View;

/// Visits what one of them may show and the other not; some of it twice, where both reach it.
template <class Visit>
void for_each_at_the_edges(const state::State& state, const View& was, const View& is, Visit&& visit) {
  const view::Filter &from = was.reach(), &to = is.reach();
  // Rights may show less than what is reached: then an entity that both reach may still be shown by one of them only.
  const bool is_exact = &from == &was.query().filter && &to == &is.query().filter;
  if (is_exact && was.shows_inside_as(is) && !from.keys && !to.keys && from.bounds && to.bounds) {
    for (const state::Space& space : state.spaces()) {
      space.for_each_in_one_of(*from.bounds, *to.bounds, [&](const state::EntityPtr& entity, bool, bool) { visit(entity); });
      if (from.unlocated != to.unlocated) space.for_each_unlocated(visit);
    }
    return;
  }
  for_each_selected(state, was, visit);
  for_each_selected(state, is, visit);
}

}  // namespace

std::optional<log::Fold> fold_of_replacement(const state::State& state, const View& was, const View& is, const log::Fold& since, std::size_t changes_max) {
  std::unordered_set<state::IdentityPtr, log::IdentityHash, log::IdentityEqual> changed;  // what the fold has
  for (const state::Change& change : since.changes) changed.insert(change.identity_ptr());

  log::Fold fold = since;
  const bool alike = was.shows_inside_as(is);
  for_each_at_the_edges(state, was, is, [&](const state::EntityPtr& entity) {
    if (fold.changes.size() > changes_max) return;
    const bool was_in = was.membership(*entity) == Membership::inside;
    const bool is_in = is.membership(*entity) == Membership::inside;
    if ((!was_in && !is_in) || (was_in && is_in && alike) || !changed.insert(entity->identity).second) return;
    state::Change unchanged;
    unchanged.before = unchanged.after = entity;
    fold.changes.push_back(std::move(unchanged));
  });
  if (fold.changes.size() > changes_max) return std::nullopt;
  return fold;
}

}  // namespace starling::fanout

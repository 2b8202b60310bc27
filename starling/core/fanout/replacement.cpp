#include "starling/core/fanout/replacement.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "starling/core/fanout/selection.hpp"
#include "starling/core/state/ahead.hpp"

namespace starling::fanout {
namespace {

using view::Membership;
using view::View;

/// So many entities ahead of the one that is taken the next one is asked for.
constexpr std::size_t kAhead = 8;

/// Whether what one of them shows and the other does not is what stands in one box and not in the other (or nowhere, for one of them).
bool is_between_boxes(const View& was, const View& is) noexcept {
  const view::Filter &from = was.reach(), &to = is.reach();
  // Rights may show less than what is reached: then an entity that both reach may still be shown by one of them only.
  const bool is_exact = &from == &was.query().filter && &to == &is.query().filter;
  return is_exact && was.shows_inside_as(is) && was.has_box() && is.has_box();
}

/// Whether there is a facet of a channel that it shows: else whose it is does not matter.
bool shows_any(const View& view, const state::Entity& entity) {
  return std::ranges::any_of(entity.facets, [&view](const state::FacetPtr& facet) { return view.shows(*facet->channel); });
}

/// What stands in one of the boxes and not in the other; each once.
std::vector<const state::EntityPtr*> between_boxes(const state::State& state, const view::Filter& from, const view::Filter& to) {
  std::vector<const state::EntityPtr*> found;
  const auto find = [&found](const state::EntityPtr& entity) {
    state::ahead::ask(&entity);
    found.push_back(&entity);
  };
  for (const state::Space& space : state.spaces()) {
    space.for_each_in_one_of(*from.bounds, *to.bounds, [&](const state::EntityPtr& entity, bool, bool) { find(entity); });
    if (from.unlocated != to.unlocated) space.for_each_unlocated(find);
  }
  return found;
}

}  // namespace

std::optional<log::Fold> fold_of_replacement(const state::State& state, const View& was, const View& is, const log::Fold& since, std::size_t changes_max) {
  std::unordered_set<state::IdentityPtr, log::IdentityHash, log::IdentityEqual> changed;  // what the fold has
  for (const state::Change& change : since.changes) changed.insert(change.identity_ptr());

  log::Fold fold = since;
  const auto add = [&fold](const state::EntityPtr& entity) { fold.changes.push_back({entity, entity}); };
  if (is_between_boxes(was, is)) {
    const std::vector<const state::EntityPtr*> found = between_boxes(state, was.reach(), is.reach());
    if (fold.changes.size() + found.size() > changes_max + changed.size()) return std::nullopt;
    fold.changes.reserve(fold.changes.size() + found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      if (i + kAhead < found.size()) state::ahead::ask_for_entity(found[i + kAhead]->get());
      if (changed.empty() || !changed.contains((*found[i])->identity)) add(*found[i]);
    }
  } else {
    const bool alike = was.shows_inside_as(is);
    const auto look_at = [&](const state::EntityPtr& entity) {  // some of it twice, where both reach it
      if (fold.changes.size() > changes_max) return;
      const bool was_in = shows_any(was, *entity) && was.membership(*entity) == Membership::inside;
      const bool is_in = shows_any(is, *entity) && is.membership(*entity) == Membership::inside;
      if ((!was_in && !is_in) || (was_in && is_in && alike) || !changed.insert(entity->identity).second) return;
      add(entity);
    };
    for_each_selected(state, was, look_at);
    for_each_selected(state, is, look_at);
  }
  if (fold.changes.size() > changes_max) return std::nullopt;
  return fold;
}

}  // namespace starling::fanout

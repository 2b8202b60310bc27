#include "starling/core/fanout/news.hpp"

#include <algorithm>

namespace starling::fanout {
namespace {

log::Fold fold_of(const log::Batch& batch) {
  log::Folder folder{batch.seq - 1};
  folder.add(batch);
  return std::move(folder).take();
}

/// Whether a critical facet of `a` that `is_shown` is not the same in `b`.
template <class IsShown>
bool differs(const state::EntityPtr& a, const state::EntityPtr& b, IsShown&& is_shown) noexcept {
  if (!a) return false;
  return std::ranges::any_of(a->facets, [&](const state::FacetPtr& facet) {
    return facet->channel->priority == state::Priority::critical && is_shown(*facet->channel) && (!b || b->find(*facet->channel) != facet.get());
  });
}

}  // namespace

bool is_critical(const state::Change& change) noexcept {
  const auto any = [](const state::Channel&) { return true; };
  return differs(change.after, change.before, any) || differs(change.before, change.after, any);
}

bool is_critical_for(const view::View& view, const state::Change& change) noexcept {
  const auto shown = [&view](const state::Channel& channel) { return view.shows(channel); };
  return differs(change.after, change.before, shown) || differs(change.before, change.after, shown);
}

News::News(const log::Batch& of, Fragments& written) : batch(of), fold(fold_of(of)), fragments(written) {
  fragments.clear();
  for (std::uint32_t i = 0; i < fold.changes.size(); ++i) {
    if (is_critical(fold.changes[i])) critical_changes.push_back(i);
  }
  has_critical_events = std::ranges::any_of(fold.events, [](const state::EventPtr& event) { return event->channel->priority == state::Priority::critical; });
}

}  // namespace starling::fanout

/// @file
/// What happened to one entity: what it was, what it is, and why the facets that went are gone.
///
/// Folding two changes that follow each other is `{first.before, last.after}` and both their lists of what went, the later word on a channel counting.
/// A cause belongs to a facet, not to a change: a run in which one facet expired and another was then reported has no cause of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/state/entity.hpp"

namespace starling::state {

enum class Cause : std::uint8_t { deleted, expired };

/// A facet that went. It may have come back since.
struct Gone {
  const Channel* channel;
  Cause cause;
  bool operator==(const Gone&) const = default;
};
/// Each channel once. Never empty: where nothing went there is none, which costs a null pointer.
using GonePtr = std::shared_ptr<const std::vector<Gone>>;

/// Either side may be absent, not both. With the same entity on both sides it is an announcement: nothing changed, and it is said again to
/// those who repeat.
struct Change {
  EntityPtr before;
  EntityPtr after;
  GonePtr gone = nullptr;

  [[nodiscard]] const Identity& identity() const noexcept { return *identity_ptr(); }
  [[nodiscard]] const IdentityPtr& identity_ptr() const noexcept { return after ? after->identity : before->identity; }
  [[nodiscard]] bool is_announcement() const noexcept { return before == after; }
  /// Why the facet of this channel went last; nullopt if it did not.
  [[nodiscard]] std::optional<Cause> cause_of(const Channel& channel) const noexcept;
  /// Makes this the change from its own `before` to the `after` of `later`, which follows it.
  void fold(const Change& later);
};
static_assert(sizeof(Change) <= 48);  // a fold holds up to 16,384 of them, the log many more

/// Calls `visit(const Channel&)` for each channel whose facet is another, came or went, once; of an announcement for all there are.
template <class Visit>
void for_each_changed_channel(const Change& change, Visit&& visit) {
  if (change.after) {
    for (const FacetPtr& facet : change.after->facets) {
      if (change.is_announcement() || !change.before || change.before->find(*facet->channel) != facet.get()) visit(*facet->channel);
    }
  }
  if (change.before) {
    for (const FacetPtr& facet : change.before->facets) {
      if (!change.after || change.after->find(*facet->channel) == nullptr) visit(*facet->channel);
    }
  }
}

/// One facet that went, for a change.
[[nodiscard]] GonePtr gone(const Channel& channel, Cause cause);

}  // namespace starling::state

#include "starling/core/view/difference.hpp"

namespace starling::view {

RemoveReason detail::reason_for(const View& was, const Side& is, const state::Channel& channel, const state::Facet* after,
                                const state::Change& change) {
  const bool is_other_view = &was != &is.view && was.text() != is.view.text();
  // What became of it is not for those to know who may not see it any more.
  if (is_other_view && was.rights().text() != is.view.rights().text()) {
    return was.has_query_of(is.view) ? RemoveReason::revoked : RemoveReason::filtered;
  }
  if (is.view.rights().has_filter()) return RemoveReason::filtered;
  if (after == nullptr) return change.cause_of(channel) == state::Cause::expired ? RemoveReason::expired : RemoveReason::deleted;
  if (is_other_view) return RemoveReason::filtered;
  return is.membership == Membership::moved ? RemoveReason::moved : RemoveReason::filtered;
}

std::optional<Transition> transition_inside(const state::Change& change, const state::Channel& channel) noexcept {
  const state::Facet* before = change.before->find(channel);
  const state::Facet* after = change.after->find(channel);
  if (before == after) return std::nullopt;
  if (!before) return Transition{&channel, Told::set, {}, nullptr, after, change.before.get(), change.after.get()};
  if (after) return Transition{&channel, Told::patch, {}, before, after, change.before.get(), change.after.get()};
  const bool is_expired = change.cause_of(channel) == state::Cause::expired;
  return Transition{&channel, Told::remove, is_expired ? RemoveReason::expired : RemoveReason::deleted, before, nullptr, change.before.get(), change.after.get()};
}

const char* to_text(RemoveReason reason) noexcept {
  switch (reason) {
    case RemoveReason::moved: return "moved";
    case RemoveReason::filtered: return "filtered";
    case RemoveReason::deleted: return "deleted";
    case RemoveReason::expired: return "expired";
    case RemoveReason::revoked: return "revoked";
  }
  return "";
}

}  // namespace starling::view

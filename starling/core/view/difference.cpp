#include "starling/core/view/difference.hpp"

namespace starling::view {
namespace {

using state::Entity;
using state::Facet;
using state::Fields;

/// Fields that differ and are shown; nullopt if one that was shown is gone, which only a whole record can say.
std::optional<std::vector<Fields::Field>> changed_fields(const View& was, const View& is, const Fields& before, const Fields& after) {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Fields::Field field = before[i];
    if (!was.shows_field(field.name)) continue;
    if (!is.shows_field(field.name) || !after.find(field.name)) return std::nullopt;
  }
  std::vector<Fields::Field> changed;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Fields::Field field = after[i];
    if (!is.shows_field(field.name)) continue;
    if (!was.shows_field(field.name) || before.find(field.name) != field.value) changed.push_back(field);
  }
  return changed;
}

RemoveReason reason_for(const View& was, const View& is, const Facet* after, Membership membership, state::Cause cause) noexcept {
  if (after == nullptr) return cause == state::Cause::expired ? RemoveReason::expired : RemoveReason::deleted;
  if (&was != &is && was.text() != is.text()) return RemoveReason::filtered;
  return membership == Membership::moved ? RemoveReason::moved : RemoveReason::filtered;
}

Membership membership_of(const View& view, const Entity* entity) noexcept {
  return entity != nullptr ? view.membership(*entity) : Membership::filtered;
}

}  // namespace

const char* to_text(RemoveReason reason) noexcept {
  switch (reason) {
    case RemoveReason::moved: return "moved";
    case RemoveReason::filtered: return "filtered";
    case RemoveReason::deleted: return "deleted";
    case RemoveReason::expired: return "expired";
  }
  return "";
}

void append_differences(const View& was, const View& is, const state::Change& change, std::vector<Difference>& out) {
  const Entity* before = change.before.get();
  const Entity* after = change.after.get();
  const Membership was_in = membership_of(was, before);
  const Membership is_in = membership_of(is, after);
  if (was_in != Membership::inside && is_in != Membership::inside) return;

  // Both lists are in the order of channels: walk them together.
  std::size_t b = 0, a = 0;
  const std::size_t before_count = before ? before->facets.size() : 0;
  const std::size_t after_count = after ? after->facets.size() : 0;
  while (b < before_count || a < after_count) {
    const Facet* old_facet = b < before_count ? before->facets[b].get() : nullptr;
    const Facet* new_facet = a < after_count ? after->facets[a].get() : nullptr;
    if (old_facet && new_facet && old_facet->channel != new_facet->channel) {
      (old_facet->channel->index < new_facet->channel->index ? new_facet : old_facet) = nullptr;
    }
    b += old_facet != nullptr;
    a += new_facet != nullptr;
    const state::Channel& channel = *(old_facet ? old_facet : new_facet)->channel;
    const bool shown_before = old_facet && was_in == Membership::inside && was.shows(channel);
    const bool shown_after = new_facet && is_in == Membership::inside && is.shows(channel);
    if (shown_before && !shown_after) {
      out.push_back({&channel, Told::remove, reason_for(was, is, new_facet, is_in, change.cause), nullptr, {}});
    } else if (!shown_before && shown_after) {
      out.push_back({&channel, Told::set, {}, &new_facet->fields, {}});
    } else if (shown_before && shown_after) {
      if (old_facet == new_facet && &was == &is) continue;
      auto changed = changed_fields(was, is, old_facet->fields, new_facet->fields);
      if (!changed) {
        out.push_back({&channel, Told::set, {}, &new_facet->fields, {}});
      } else if (!changed->empty()) {
        out.push_back({&channel, Told::patch, {}, &new_facet->fields, std::move(*changed)});
      }
    }
  }
}

void append_shown(std::string& out, const View& view, const state::Fields& record) {
  if (view.shows_all_fields()) {
    out += record.text();
    return;
  }
  out += '{';
  bool first = true;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const Fields::Field field = record[i];
    if (!view.shows_field(field.name)) continue;
    if (!first) out += ',';
    first = false;
    out += field.member();
  }
  out += '}';
}

}  // namespace starling::view

#include "starling/core/view/difference.hpp"

namespace starling::view {
namespace {

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

}  // namespace

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

void append_differences(const View& was, const View& is, const state::Change& change, std::vector<Difference>& out) {
  for_each_transition(was, is, change, [&](const Transition& transition) {
    const Fields* after = transition.after ? &transition.after->fields : nullptr;
    if (transition.told != Told::patch) {
      out.push_back({transition.channel, transition.told, transition.reason, after, {}});
      return;
    }
    auto changed = changed_fields(was, is, transition.before->fields, *after);
    if (!changed) {
      out.push_back({transition.channel, Told::set, {}, after, {}});
    } else if (!changed->empty()) {
      out.push_back({transition.channel, Told::patch, {}, after, std::move(*changed)});
    }
  });
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

#include "starling/core/view/rights.hpp"

#include <algorithm>

#include "starling/core/view/projection.hpp"

namespace starling::view {
namespace {

void sort_without_doubles(std::vector<std::string>& names) {
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

Rights::Rights(Grant grant)
    : grant_(std::move(grant)), precision_(grant_.position_decimals ? Precision{*grant_.position_decimals} : Precision{}) {
  sort_without_doubles(grant_.read);
  sort_without_doubles(grant_.hidden_fields);
  if (grant_.filter.keys) sort_without_doubles(*grant_.filter.keys);
  reads_all_ = std::ranges::binary_search(grant_.read, "*");
  if (!reads_all_) text_ += names_text("read", grant_.read);
  const std::string filter = normalised_text(grant_.filter);
  has_filter_ = !filter.empty();
  if (has_filter_) text_ += "filter(" + filter + ')';
  if (!grant_.hidden_fields.empty()) text_ += names_text("hidden", grant_.hidden_fields);
  if (!precision_.is_exact()) text_ += "decimals" + std::to_string(*precision_.decimals());
}

const RightsPtr& Rights::everything() {
  static const RightsPtr kEverything = std::make_shared<const Rights>(Grant{});
  return kEverything;
}

bool Rights::reads(const state::Channel& channel) const noexcept {
  return std::ranges::any_of(grant_.read, [&](const std::string& pattern) { return covers(pattern, channel.name); });
}

std::optional<std::string_view> Rights::seen(const state::Channel& channel, std::string_view canonical_name, std::optional<std::string_view> value,
                                             Precision::Room& room) const {
  if (!value || std::ranges::binary_search(grant_.hidden_fields, canonical_name, std::less<std::string_view>{})) return std::nullopt;
  return precision_.shown(channel, canonical_name, *value, room);
}

std::optional<geo::Point> Rights::seen(const std::optional<state::Place>& place) const {
  if (!place) return std::nullopt;
  if (text_.empty()) return place->point;
  if (!reads(*place->owner)) return std::nullopt;
  return seen(place->point, *place->owner);
}

std::optional<geo::Point> Rights::seen(const geo::Point& location, const state::Channel& said_by) const {
  if (hides_place(grant_.hidden_fields, said_by)) return std::nullopt;
  return precision_.shown(location);
}

}  // namespace starling::view

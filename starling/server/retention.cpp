#include "starling/server/retention.hpp"

#include <algorithm>

namespace starling {

Retention::Retention(std::optional<Duration> others, std::span<const state::ChannelDeclaration> channels) : others_(others.value_or(Duration::zero())) {
  Class rest{.kept = others_, .channels = {}, .are_others = true};
  for (const state::ChannelDeclaration& channel : channels) {
    if (!channel.history || *channel.history == others_) continue;
    rest.channels.push_back(channel.name);
    auto same = std::ranges::find(classes_, *channel.history, &Class::kept);
    if (same == classes_.end()) same = classes_.insert(same, Class{.kept = *channel.history, .channels = {}});
    same->channels.push_back(channel.name);
  }
  const auto longest = std::ranges::max_element(classes_, {}, &Class::kept);
  if (longest != classes_.end() && longest->kept > others_) {
    constexpr std::string_view kGaps;  // which have no channel
    longest->channels.emplace_back(kGaps);
    rest.channels.emplace_back(kGaps);
  }
  classes_.push_back(std::move(rest));
}

bool Retention::keeps_any() const noexcept {
  return std::ranges::any_of(classes_, [](const Class& each) { return each.kept > Duration::zero(); });
}

store::PruneStep Retention::step(std::size_t number, Timestamp now, std::size_t rows_max) const {
  const Class& asked = classes_.at(number);
  return {.older_than = now - std::chrono::duration_cast<Timestamp::duration>(asked.kept),
          .channels = {asked.channels.begin(), asked.channels.end()},
          .are_others = asked.are_others,
          .is_kept = asked.kept > Duration::zero(),
          .rows_max = rows_max};
}

}  // namespace starling

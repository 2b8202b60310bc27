#include "starling/core/state/change.hpp"

#include <algorithm>

namespace starling::state {

std::optional<Cause> Change::cause_of(const Channel& channel) const noexcept {
  if (!gone) return std::nullopt;
  const auto found = std::ranges::find(*gone, &channel, &Gone::channel);
  return found == gone->end() ? std::nullopt : std::optional{found->cause};
}

void Change::fold(const Change& later) {
  after = later.after;
  if (!later.gone || later.gone == gone) return;
  if (!gone) {
    gone = later.gone;
    return;
  }
  std::vector<Gone> both = *gone;
  for (const Gone& facet : *later.gone) {
    const auto earlier = std::ranges::find(both, facet.channel, &Gone::channel);
    if (earlier == both.end()) {
      both.push_back(facet);
    } else {
      earlier->cause = facet.cause;
    }
  }
  if (both != *gone) gone = std::make_shared<const std::vector<Gone>>(std::move(both));
}

GonePtr gone(const Channel& channel, Cause cause) { return std::make_shared<const std::vector<Gone>>(1, Gone{&channel, cause}); }

}  // namespace starling::state

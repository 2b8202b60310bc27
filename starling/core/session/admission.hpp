/// @file
/// Whether a subscription continues where its viewer left off, or why it begins anew.
#pragma once

#include <optional>
#include <string_view>

#include "starling/core/fanout/encoder.hpp"
#include "starling/core/log/log.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/view/view.hpp"

namespace starling::session {

/// `resumed`, or the first that applies: fresh (it did not ask), epoch (of another life, or from our future), rights (its view is of the same
/// query, within other rights), query (its view is not the one its query gives now), expired (the log no longer reaches back).
[[nodiscard]] inline fanout::SubscribedReason admit(const std::optional<protocol::Since>& since, std::string_view epoch, const view::View& view,
                                                    const log::Log& log) noexcept {
  using fanout::SubscribedReason;
  if (!since) return SubscribedReason::fresh;
  if (since->epoch != epoch || since->seq > log.head()) return SubscribedReason::epoch;
  if (since->view != view.name()) return view.has_query_of(since->view) ? SubscribedReason::rights : SubscribedReason::query;
  return log.reaches(since->seq) ? SubscribedReason::resumed : SubscribedReason::expired;
}

}  // namespace starling::session

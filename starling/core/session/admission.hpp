/// @file
/// Whether a subscription continues where its viewer left off, or why it begins anew.
#pragma once

#include <algorithm>
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

/// Why it can't be had without a snapshot, if that is asked for: where there is state there is one to begin with.
[[nodiscard]] inline std::optional<protocol::Error> refuse_bare(const protocol::Subscribe& message, const state::KnownChannels& channels) {
  const auto has_state = [&channels](const std::string& name) {
    const state::Channel* channel = channels.find(name);
    return channel == nullptr || channel->kind == state::ChannelKind::state;
  };
  if (message.snapshot || std::ranges::none_of(message.query.channels, has_state)) return std::nullopt;
  return protocol::Error{protocol::ErrorCode::bad_message, "snapshot:false is for event channels only", "snapshot", message.ref, message.id};
}

}  // namespace starling::session

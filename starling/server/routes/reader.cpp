#include "starling/server/routes/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "starling/core/protocol/cursor.hpp"
#include "starling/core/session/admission.hpp"

namespace starling::routes {
namespace {

using protocol::Error;
using protocol::ErrorCode;

Result<std::vector<std::string>, Error> read_channels(const Given& query) {
  std::vector<std::string> channels = query.list(kChannels).value_or(std::vector<std::string>{});
  if (channels.empty()) return fault(ErrorCode::bad_message, "channels must name at least one channel, as in channels=mesh:*", kChannels);
  if (channels.size() > protocol::kChannelsPerSubscriptionMax) {
    return fault(ErrorCode::limit_channels, fmt::format("a subscription names at most {} channels", protocol::kChannelsPerSubscriptionMax), kChannels);
  }
  if (!std::ranges::all_of(channels, view::is_channel_pattern)) {
    return fault(ErrorCode::bad_channel, "a channel is named space:facet, space:* or *, each part 1 to 128 of [a-z0-9_.-]", kChannels);
  }
  return channels;
}

}  // namespace

Result<protocol::Subscribe, Error> read_subscribe(const Given& query, std::string_view since, std::string_view since_field, const state::KnownChannels& channels) {
  auto named = read_channels(query);
  if (!named) return Unexpected{std::move(named).error()};
  auto shown = read_shown(std::move(*named), query);
  if (!shown) return Unexpected{std::move(shown).error()};
  const auto unlocated = query.flag(kUnlocated), snapshot = query.flag(kSnapshot);
  if (!unlocated) return Unexpected{unlocated.error()};
  if (!snapshot) return Unexpected{snapshot.error()};
  const auto rate = query.number(kRate);
  if (!rate) return Unexpected{rate.error()};
  const auto recent = query.whole(kRecent);
  if (!recent) return Unexpected{recent.error()};

  protocol::Subscribe asked{.id = session::kReadingId, .query = std::move(*shown), .rate = *rate, .snapshot = *snapshot, .since = {}};
  asked.query.filter.unlocated = *unlocated;
  asked.recent = static_cast<std::uint32_t>(std::min<std::uint64_t>(*recent, protocol::kRecentMax));
  if (!since.empty()) {
    asked.since = protocol::read_cursor(since);
    if (!asked.since) return fault(ErrorCode::bad_message, "a cursor is epoch:seq:view, as an answer said it", std::string{since_field});
  }
  if (auto refusal = session::refuse_bare(asked, channels)) return Unexpected{std::move(*refusal)};
  return asked;
}

}  // namespace starling::routes

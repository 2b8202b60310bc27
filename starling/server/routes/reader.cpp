#include "starling/server/routes/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "starling/core/protocol/cursor.hpp"
#include "starling/core/session/admission.hpp"
#include "starling/server/routes/parameters.hpp"

namespace starling::routes {
namespace {

using protocol::Error;
using protocol::ErrorCode;

Result<std::vector<std::string>, Error> read_channels(const http::Query& query) {
  std::vector<std::string> channels;
  for (const std::string& list : query.all("channels")) {
    for (std::string& pattern : http::split_list(list)) channels.push_back(std::move(pattern));
  }
  if (channels.empty()) return fault(ErrorCode::bad_message, "channels must name at least one channel, as in channels=mesh:*", "channels");
  if (channels.size() > protocol::kChannelsPerSubscriptionMax) {
    return fault(ErrorCode::limit_channels, fmt::format("a subscription names at most {} channels", protocol::kChannelsPerSubscriptionMax), "channels");
  }
  if (!std::ranges::all_of(channels, view::is_channel_pattern)) {
    return fault(ErrorCode::bad_channel, "a channel is named space:facet, space:* or *, each part 1 to 128 of [a-z0-9_.-]", "channels");
  }
  return channels;
}

/// `absent` where the parameter is.
Result<bool, Error> read_flag(const http::Query& query, const char* name, bool absent) {
  const auto text = query.find(name);
  if (!text) return absent;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return fault(ErrorCode::bad_message, fmt::format("{} is true or false", name), name);
}

}  // namespace

Result<protocol::Subscribe, Error> read_subscribe(const http::Query& query, std::string_view since, std::string_view since_field, const state::KnownChannels& channels) {
  auto named = read_channels(query);
  if (!named) return Unexpected{std::move(named).error()};
  auto shown = read_shown(std::move(*named), query);
  if (!shown) return Unexpected{std::move(shown).error()};
  const auto unlocated = read_flag(query, "unlocated", false), snapshot = read_flag(query, "snapshot", true);
  if (!unlocated) return Unexpected{unlocated.error()};
  if (!snapshot) return Unexpected{snapshot.error()};

  protocol::Subscribe asked{.id = session::kReadingId, .query = std::move(*shown), .rate = {}, .snapshot = *snapshot, .since = {}};
  asked.query.filter.unlocated = *unlocated;
  if (const auto text = query.find("rate")) {
    asked.rate = read_number<double>(*text);
    if (!asked.rate || !std::isfinite(*asked.rate) || *asked.rate < 0) return fault(ErrorCode::bad_message, "rate is a number of frames a second, and not negative", "rate");
  }
  if (const auto text = query.find("recent")) {
    const auto recent = read_number<std::uint64_t>(*text);
    if (!recent) return fault(ErrorCode::bad_message, "recent is a whole number from 0", "recent");
    asked.recent = static_cast<std::uint32_t>(std::min<std::uint64_t>(*recent, protocol::kRecentMax));
  }
  if (!since.empty()) {
    asked.since = protocol::read_cursor(since);
    if (!asked.since) return fault(ErrorCode::bad_message, "a cursor is epoch:seq:view, as an answer said it", std::string{since_field});
  }
  if (auto refusal = session::refuse_bare(asked, channels)) return Unexpected{std::move(*refusal)};
  return asked;
}

}  // namespace starling::routes

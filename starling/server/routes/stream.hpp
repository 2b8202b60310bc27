/// @file
/// `GET /api/v1/stream`: the frames of a subscription as Server-Sent Events, until one of both goes.
#pragma once

#include <string_view>

#include "starling/core/session/shard.hpp"
#include "starling/io/http/site.hpp"
#include "starling/server/routes/reader.hpp"

namespace starling::routes {

inline constexpr Parameter kLastEventId{
    .name = "Last-Event-ID", .place = Place::header, .kind = kSince.kind, .doc = "The `id` that came last, as an `EventSource` gives it back. It is newer than `since`, and wins."};

/// `last_event_id`: the request's header of that name, which is newer than the URL that it comes with; empty: there is none. The shard has taken every
/// batch there is.
[[nodiscard]] http::Answer stream(const Given& query, std::string_view last_event_id, session::Shard& shard);

}  // namespace starling::routes

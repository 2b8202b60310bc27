/// @file
/// `GET /api/v1/stream`: the frames of a subscription as Server-Sent Events, until one of both goes.
#pragma once

#include <string_view>

#include "starling/core/session/shard.hpp"
#include "starling/io/http/query.hpp"
#include "starling/io/http/site.hpp"

namespace starling::routes {

/// `last_event_id`: the request's header of that name, which is newer than the URL that it comes with; empty: there is none. The shard has taken every
/// batch there is.
[[nodiscard]] http::Answer stream(const http::Query& query, std::string_view last_event_id, session::Shard& shard);

}  // namespace starling::routes

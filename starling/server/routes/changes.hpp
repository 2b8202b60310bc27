/// @file
/// `GET /api/v1/changes`: what differs since a cursor, as one answer, and waiting for it if nothing does (a long poll).
///
/// Between two polls the server keeps nothing: the cursor is all there is, and any shard goes on from it.
#pragma once

#include "starling/core/session/shard.hpp"
#include "starling/io/http/site.hpp"
#include "starling/server/routes/reader.hpp"

namespace starling::routes {

inline constexpr Duration kPollWait = std::chrono::seconds{30};  ///< where no `wait` is given
/// Proxies give up on an answer that has not begun after a minute, mostly.
inline constexpr Duration kPollWaitMax = std::chrono::seconds{60};

inline constexpr Parameter kWait{.name = "wait", .kind = Period{.max = kPollWaitMax, .absent = kPollWait}, .doc = "How long it may wait for news.", .example = R"("0s")"};

/// The shard has taken every batch there is.
[[nodiscard]] http::Answer changes(const Given& query, session::Shard& shard);

}  // namespace starling::routes

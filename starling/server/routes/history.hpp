/// @file
/// `GET /api/v1/history/{channel}`: what was, oldest first, in pages: as JSON, as lines of it, or as trails (GeoJSON, RFC 7946).
///
/// A page goes on from a cursor, the time and the number of the last row: it stays right while rows come.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/io/http/message.hpp"
#include "starling/io/http/query.hpp"
#include "starling/io/store/queries.hpp"

namespace starling::routes {

inline constexpr std::size_t kHistoryRows = 1000;  ///< where no `limit` is given
inline constexpr std::size_t kHistoryRowsMax = 10'000;

enum class HistoryFormat : std::uint8_t { json, geojson, ndjson };

/// What a reader asks for, checked.
struct HistoryAsked {
  std::string channel;
  std::optional<std::string> key;
  std::optional<geo::Box> bounds;
  std::optional<Timestamp> from, to;  ///< by the time of the report; `to` not included
  std::optional<store::HistoryCursor> after;
  std::size_t limit = kHistoryRows;
  HistoryFormat format = HistoryFormat::json;

  /// Borrows from this.
  [[nodiscard]] store::HistoryQuery query() const noexcept;
};

/// Reads `key=&bounds=w,s,e,n&from=&to=&limit=&cursor=&format=`.
[[nodiscard]] Result<HistoryAsked, protocol::Error> read_history(std::string_view channel, const http::Query& query);

[[nodiscard]] http::Response history_page(const HistoryAsked& asked, const store::HistoryPage& page);

}  // namespace starling::routes

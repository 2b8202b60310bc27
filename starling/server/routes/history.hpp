/// @file
/// `GET /api/v1/history`: how far back is known; `GET /api/v1/history/{channel}`: what was, oldest first, in pages: as JSON, as lines of it, or as trails (GeoJSON, RFC 7946).
///
/// A page goes on from a cursor, the time and the number of the last row: it stays right while rows come.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/io/http/message.hpp"
#include "starling/io/store/queries.hpp"
#include "starling/server/routes/parameters.hpp"

namespace starling::routes {

inline constexpr std::size_t kHistoryRows = 1000;  ///< where no `limit` is given
inline constexpr std::size_t kHistoryRowsMax = 10'000;

enum class HistoryFormat : std::uint8_t { json, geojson, ndjson };
/// By their numbers.
inline constexpr std::array<std::string_view, 3> kHistoryFormats{"json", "geojson", "ndjson"};

inline constexpr Parameter kHistoryKey{
    .name = "key", .kind = Text{.bytes_min = 1, .bytes_max = kKeyBytesMax}, .doc = "Of this key alone.", .example = R"("van-1")"};
inline constexpr Parameter kHistoryFrom{.name = "from", .kind = Time{}, .doc = "Reports of this time and later.", .example = R"("2026-11-21T09:00:00Z")"};
inline constexpr Parameter kHistoryTo{.name = "to", .kind = Time{}, .doc = "Reports before this time.", .example = R"("2100-01-01T00:00:00Z")"};
inline constexpr Parameter kHistoryLimit{.name = "limit",
                                         .kind = Whole{.min = 1, .max = kHistoryRowsMax, .absent = kHistoryRows},
                                         .doc = "Rows a page, at most. It also ends at 8 MiB, and one with `bounds` when 200,000 rows have been looked at.",
                                         .example = "100"};
inline constexpr Parameter kHistoryCursor{.name = "cursor", .kind = Text{.pattern = "^-?[0-9]+\\.[0-9]+$"}, .doc = "Where the page before ended. It stays right while rows come."};
inline constexpr Parameter kHistoryFormat{
    .name = "format", .kind = Choice{kHistoryFormats}, .doc = "A page; a trail a key (GeoJSON, RFC 7946); or a row a line, and where to go on in the last."};

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

/// Reads `kHistoryKey` to `kHistoryFormat`, and `kBounds`.
[[nodiscard]] Result<HistoryAsked, protocol::Error> read_history(std::string_view channel, const Given& query);

/// Of all channels; nullopt: nothing has been kept so far. `is_kept`: there is somewhere to keep it.
[[nodiscard]] http::Response history_reach(bool is_kept, const std::optional<store::HistoryReach>& reach);

[[nodiscard]] http::Response history_page(const HistoryAsked& asked, const store::HistoryPage& page);

}  // namespace starling::routes

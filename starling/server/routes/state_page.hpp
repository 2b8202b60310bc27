/// @file
/// `GET /api/v1/state/{channel}`: the records of a channel as of the last closed batch, in pages.
///
/// A page is made from a cut, some slots a turn. The cursor names a slot: an entity keeps its slot as long as it
/// lives, so whatever exists during the whole walk comes exactly once, however much comes and goes meanwhile. Pages
/// may be of different seqs, and each says its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "starling/core/protocol/error.hpp"
#include "starling/core/session/shard.hpp"
#include "starling/core/state/cut.hpp"
#include "starling/core/view/view.hpp"
#include "starling/io/http/site.hpp"
#include "starling/server/routes/parameters.hpp"

namespace starling::routes {

inline constexpr std::size_t kPageRecords = 1000;  ///< where no `limit` is given
inline constexpr std::size_t kPageRecordsMax = 10'000;
inline constexpr std::size_t kPageBytes = 4 << 20;  ///< a page ends with the record that reaches it

inline constexpr Parameter kPageLimit{.name = "limit",
                                      .kind = Whole{.min = 1, .max = kPageRecordsMax, .absent = kPageRecords},
                                      .doc = "Records a page, at most. It also ends at 4 MiB.",
                                      .example = "100"};
inline constexpr Parameter kPageCursor{.name = "cursor", .kind = Text{.pattern = "^.+-[0-9]+$"}, .doc = "Of the page before; the last page has none."};
inline constexpr Parameter kIfNoneMatch{.name = "If-None-Match", .place = Place::header, .doc = "The `ETag` of an answer that is still at hand."};

/// What a reader asks for, checked.
struct StateQuery {
  view::ViewPtr view;
  const state::Channel* channel = nullptr;
  std::size_t limit = kPageRecords;
  std::size_t from = 0;  ///< slot, or with `keys` the number of the key
};

/// Reads `kPageLimit`, `kPageCursor` and what `read_shown` reads.
[[nodiscard]] Result<StateQuery, protocol::Error> read_state_query(std::string_view channel, const Given& query,
                                                                   const state::KnownChannels& channels,
                                                                   std::string_view epoch);

/// `if_none_match`: the request's header of that name.
[[nodiscard]] http::Answer state_page(StateQuery query, std::string_view if_none_match, const session::Shard& shard);

}  // namespace starling::routes

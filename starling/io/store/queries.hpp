/// @file
/// What can be asked of history, and how it is thinned out.
///
/// There are two orders. By `time` of the report is how people read: `HistoryQuery`. By the number of the row is how the server learned of it:
/// `CourseQuery`, for a replay. In the second `at` never runs backwards either: a store that is given an earlier one than before, because a clock was
/// set back, writes down the one before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/geo/box.hpp"
#include "starling/core/store/rows.hpp"

namespace starling::store {

/// After which row a page goes on. It stays right while rows come: nothing is shown twice, nothing that was there is left out. A row that
/// comes later with an earlier time is not looked back for.
struct HistoryCursor {
  Timestamp time = {};
  std::uint64_t id = 0;
  bool operator==(const HistoryCursor&) const = default;
};

/// One channel, or one key of it, oldest first by (time, id). Gaps concern every channel, so they are in every answer.
struct HistoryQuery {
  std::string_view channel = {};
  std::optional<std::string_view> key = {};
  std::optional<geo::Box> bounds = {};  ///< rows without a place are in none, but for gaps
  std::optional<Timestamp> from = {};   ///< by `time`, this one included
  std::optional<Timestamp> to = {};     ///< by `time`, this one not
  std::optional<HistoryCursor> after = {};
  std::size_t limit = 1'000;
  /// A page ends with the row that brings its texts to this.
  std::size_t bytes_max = 8 << 20;
  /// With `bounds`: so many rows are looked at for one page, which may hold fewer than `limit` although there are more.
  std::size_t examined_max = 200'000;
};

struct HistoryPage {
  std::vector<HistoryRecord> rows = {};
  /// Where to go on, now or when more rows have come. None only if there was none before and there is nothing to go on from.
  std::optional<HistoryCursor> cursor = {};
  bool has_more = false;  ///< the page is full, or enough has been looked at; there may be more
};

/// Rows in the order in which the server learned them.
struct CourseQuery {
  std::optional<std::uint64_t> after = {};  ///< the id of a row: those behind it; if not given, `from` counts
  Timestamp from = {};                           ///< by `at`, this one not: `state_at(from)` holds it
  Timestamp to = {};                             ///< by `at`, this one included
  std::vector<std::string_view> channels = {};  ///< none: all. Gaps are in every answer
  std::size_t limit = 1'000;
  std::size_t bytes_max = 8 << 20;
  std::size_t examined_max = 200'000;  ///< with `channels`, as in `HistoryQuery`
};

struct CoursePage {
  std::vector<HistoryRecord> rows = {};
  std::uint64_t cursor = 0;  ///< for `after`
  bool has_more = false;
};

/// By `at`, both included.
struct HistoryReach {
  Timestamp from = {};
  Timestamp to = {};
};

/// Rows that the server knew before a moment, to be deleted step by step.
///
/// Of each channel and key its newest set row older than the bound stays, so that `state_at` is right from the bound on.
struct PruneStep {
  Timestamp older_than = {};                    ///< by `at`
  std::vector<std::string_view> channels = {};  ///< those that are kept for as long as each other, "" for gaps; none: all, and gaps
  bool are_others = false;                      ///< all but `channels`
  bool is_kept = true;                          ///< false: whatever is there goes, of whatever time, and the newest rows too
  std::size_t rows_max = 1'000;                 ///< looked at in this step; about so many are deleted at most
};

struct Pruned {
  std::uint64_t rows = 0;  ///< deleted
  bool is_done = false;    ///< nothing older is left: ask again when time has passed, not before
};

}  // namespace starling::store

/// @file
/// What was, as whoever keeps it tells it: row by row, in the order in which the server learned it.
///
/// It is asked for and told later, so that core waits for no database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/geo/point.hpp"

namespace starling::replay {

enum class RowKind : std::uint8_t { set, expired, deleted, event };

struct Row {
  RowKind kind = RowKind::set;
  std::string channel;
  std::optional<std::string> key;  ///< none: an event without one
  std::uint64_t seq = 0;           ///< of the batch it came with, in the numbering of then
  Timestamp at;                    ///< when the server knew it
  Timestamp time;                  ///< of the report
  std::string text;                ///< the record after, or the event's data: compact JSON objects
  std::optional<geo::Point> place; ///< of the entity, after; of an event its own, or that
  bool is_placing = false;         ///< set: this facet says where the entity is
};

/// The state at a moment: of each channel and key that is there its newest row, all of them `set`.
struct StateAsked {
  Timestamp at;
  std::vector<std::string> channels;  ///< none: nothing is asked for
  std::size_t bytes_max = 0;          ///< more of keys and records is refused
};

struct CourseAsked {
  std::optional<std::uint64_t> after = {};  ///< where the page before ended; else it begins behind `from`
  Timestamp from;
  Timestamp to;  ///< included
  std::vector<std::string> channels;
};
struct CoursePage {
  std::vector<Row> rows;
  std::uint64_t cursor = 0;  ///< for `after`
  bool has_more = false;
};

/// Why not, in a line for whoever asked.
using NotTold = std::string;

class History {
 public:
  virtual ~History() = default;
  // `done` is called later, never within the call, on the thread of whoever asks.

  virtual void ask(StateAsked asked, std::function<void(Result<std::vector<Row>, NotTold>, Moment now)> done) = 0;
  virtual void ask(CourseAsked asked, std::function<void(Result<CoursePage, NotTold>, Moment now)> done) = 0;
};

}  // namespace starling::replay

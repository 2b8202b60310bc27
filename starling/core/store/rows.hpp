/// @file
/// What a database keeps, row by row: the state as it is, the tails of event channels, and history.
///
/// Rows are plain, and borrow their text: what is given to a store is read before the call returns, and what a store gives to a
/// visitor lives as long as that visit. Who wants to keep a row of history is given a `HistoryRecord`, which owns its text. Nothing here is
/// parsed: records, events and reasons go in as text and come out as they went in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/geo/point.hpp"

namespace starling::store {

/// The number of a batch, as core counts them.
using Seq = std::uint64_t;

/// What a state channel says of a key now.
struct FacetRow {
  std::string_view channel = {};
  std::string_view key = {};
  std::string_view record = {};  ///< a JSON object
  Seq seq = 0;              ///< the batch that made it
  Timestamp time = {};           ///< of its newest report
};
struct FacetGone {
  std::string_view channel = {};
  std::string_view key = {};
};

/// Where an entity is, and whose facet said so.
struct PlaceRow {
  std::string_view space = {};
  std::string_view key = {};
  geo::Point point = {};
  std::string_view channel = {};
};
struct PlaceGone {
  std::string_view space = {};
  std::string_view key = {};
};

/// An event kept for those who ask for recent ones.
struct TailRow {
  std::string_view channel = {};
  Seq seq = 0;
  std::uint32_t n = 0;
  std::optional<std::string_view> key = {};
  Timestamp time = {};
  std::optional<geo::Point> location = {};
  std::string_view data = {};
  std::optional<std::string_view> entity = {};  ///< the entity it was stamped with; the store does not look into it
};
/// Of a channel's tail the newest `keep` stay.
struct TailCut {
  std::string_view channel = {};
  std::size_t keep = 0;
};

/// Stored as their numbers: never renumber them.
enum class HistoryKind : std::uint8_t {
  set = 0,      ///< the facet became this record
  removed = 1,  ///< the facet went
  event = 2,    ///< something was said in an event channel
  late = 3,     ///< a report older than what was known
  gap = 4,      ///< what happened before it and since the row before is not known
};

/// `n` of a set row whose facet says where its entity is.
inline constexpr std::uint32_t kPlacing = 1;

/// Something that happened, as it was known then.
struct HistoryRow {
  HistoryKind kind = HistoryKind::set;
  std::string_view channel = {};                  ///< empty for a gap
  std::optional<std::string_view> key = {};  ///< none for a gap, nor for an event without one
  Seq seq = 0;
  std::uint32_t n = 0;  ///< event: its number within the batch; set: kPlacing or 0
  Timestamp at = {};    ///< when the server knew it: the time of the batch; of a record that was left out at first, when it was written after all
  Timestamp time = {};  ///< of the report
  /// set: the whole record after; removed: the reason; event: its data; late: the late report's fields; gap: the seq before it.
  std::string_view text = {};
  std::optional<geo::Point> place = {};
};

/// A row of history that owns its text, with the number the store gave it: numbers ascend in the order in which rows were written.
struct HistoryRecord {
  std::uint64_t id = 0;
  HistoryKind kind = HistoryKind::set;
  std::string channel = {};
  std::optional<std::string> key = {};
  Seq seq = 0;
  std::uint32_t n = 0;
  Timestamp at = {};
  Timestamp time = {};
  std::string text = {};
  std::optional<geo::Point> place = {};
};

/// A batch of the log as whoever stopped the server wrote it down.
struct LogText {
  Seq seq = 0;
  std::string_view text = {};
};

/// One run of a server over this database.
struct Life {
  std::string epoch = {};
  Seq seq = 0;            ///< the newest that is written
  bool is_clean = false;  ///< ended by `end_life`
  Timestamp saved_at = {};     ///< when something was written last
};

/// Applied whole or not at all.
///
/// What goes is applied before what is set, and of several rows for one facet or place the last counts; so a run of batches is given as what it comes to.
/// History is given row by row, in the order in which it happened.
struct Transaction {
  Seq seq = 0;              ///< up to which batch this brings the database
  Timestamp at = {};             ///< when the server knew it
  bool is_durable = false;  ///< somebody waits for it to be safe: it survives a power cut too
  std::vector<FacetGone> facets_gone = {};
  std::vector<FacetRow> facets = {};
  std::vector<PlaceGone> places_gone = {};
  std::vector<PlaceRow> places = {};
  std::vector<TailRow> tails = {};
  std::vector<TailCut> tail_cuts = {};  ///< after `tails`
  std::vector<HistoryRow> history = {};

  void clear() noexcept {
    facets_gone.clear();
    facets.clear();
    places_gone.clear();
    places.clear();
    tails.clear();
    tail_cuts.clear();
    history.clear();
    is_durable = false;
  }
};

/// Told the state row by row.
class StateVisitor {
 public:
  virtual ~StateVisitor() = default;
  virtual void facet(const FacetRow& row) = 0;
  virtual void place(const PlaceRow& row) = 0;
  virtual void tail(const TailRow& row) = 0;
};

}  // namespace starling::store

/// @file
/// A database that holds the state, the tails of event channels, and history: SQLite or PostgreSQL, with the same tables.
///
/// One object is one connection, used by one thread. One of them writes; any number read beside it (`StoreOptions::read_only`). Every call is
/// a transaction of its own: what failed has changed nothing, and what has been answered survives the end of this process, however it ends
/// (docs/decisions/0011-store.md says what survives a power cut).
///
/// After `unreachable` or `corrupt` the object answers so until `reopen` succeeds. Whether the transaction of the call that failed was committed
/// is not known then: `life` says how far the database is.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/io/store/failure.hpp"
#include "starling/io/store/queries.hpp"
#include "starling/core/store/rows.hpp"

namespace starling::store {

/// Told a row; false ends the visit, which has succeeded then.
using HistoryVisitor = std::function<bool(const HistoryRow&)>;
using LogVisitor = std::function<bool(const LogText&)>;
/// Fills the part, which is given to it empty, and returns true; false when there is no more. What the part borrows lives until the next call.
using NextPart = std::function<bool(Transaction& part)>;

class Store {
 public:
  Store() = default;
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Connects anew, as `open_store` does. What failed before may succeed then.
  virtual Result<void, Failure> reopen() noexcept = 0;

  // ---- One run of a server ------------------------------------------------------------------------------------------

  /// The last one, or the present one; nullopt in a new database.
  virtual Result<std::optional<Life>, Failure> life() noexcept = 0;
  /// Marks the database as in use and forgets the log that was kept. `seq` is the number, in this epoch, of the state that is there.
  virtual Result<void, Failure> begin_life(std::string_view epoch, Seq seq, Timestamp at) noexcept = 0;
  /// Keeps some of the log for the successor, to be followed by more of it or by `end_life`. A seq that is given again replaces the one before.
  virtual Result<void, Failure> keep_log(std::span<const LogText> batches) noexcept = 0;
  /// Marks the run as cleanly ended. It survives a power cut.
  virtual Result<void, Failure> end_life(Seq seq, Timestamp at) noexcept = 0;
  /// What `keep_log` kept, by seq. Of a run that was not cleanly ended it may be the half.
  virtual Result<void, Failure> read_log(const LogVisitor& visitor) noexcept = 0;

  // ---- The state ----------------------------------------------------------------------------------------------------

  /// All facets by channel (by name) and key, then all places by space and key, then the tails by channel, oldest first. One moment of the
  /// database, row by row.
  virtual Result<void, Failure> read_state(StateVisitor& visitor) noexcept = 0;
  virtual Result<void, Failure> write(const Transaction& transaction) noexcept = 0;
  /// The state and the tails are all that the parts say, instead of what was there, and their history follows; in one transaction, however many
  /// parts. `seq` and `at` are those of the last part; it survives a power cut. For a writer that fell off the log: it gives a gap row first, and set rows of what it keeps history of.
  /// What history holds as set and the parts do not is written as removed, reason `gap`.
  virtual Result<void, Failure> replace_state(const NextPart& next) noexcept = 0;

  // ---- History ------------------------------------------------------------------------------------------------------

  virtual Result<HistoryPage, Failure> history(const HistoryQuery& query) noexcept = 0;
  /// Of each channel and key the record that the server knew at that moment, by channel (by name) and key: its newest set row, unless it was
  /// removed after it. Late rows and events do not count. Of a thinned channel it is what had been written then. `channels`: none is all.
  virtual Result<void, Failure> state_at(Timestamp at, std::span<const std::string_view> channels, const HistoryVisitor& visitor) noexcept = 0;
  virtual Result<CoursePage, Failure> course(const CourseQuery& query) noexcept = 0;
  /// From when on `state_at` and `course` are right for these channels (none: for all), and up to when; nullopt if there is no history.
  virtual Result<std::optional<HistoryReach>, Failure> history_reach(std::span<const std::string_view> channels) noexcept = 0;
  virtual Result<Pruned, Failure> prune(const PruneStep& step) noexcept = 0;
};

}  // namespace starling::store

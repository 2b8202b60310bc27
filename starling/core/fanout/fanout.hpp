/// @file
/// Everything between the log and the viewers' sockets: a shard's log, its state, its pace classes and its viewers' jobs.
///
/// It routes: who is due is decided by the pace class, what is told by the view, how it is written by the encoder.
///
///   batch ──▶ log, state ──▶ pace classes ──▶ audiences ──▶ one frame, every member that keeps up
///                                        └──▶ laggards  ──▶ catch-up (fold of the log) or snapshot (cut), in parts
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "starling/core/fanout/catch_up.hpp"
#include "starling/core/fanout/pace_class.hpp"
#include "starling/core/fanout/snapshot.hpp"
#include "starling/core/state/state.hpp"

namespace starling::fanout {

struct FanoutOptions {
  Duration tick = std::chrono::milliseconds{100};
  std::size_t log_bytes = 64 << 20;             ///< how far a cursor can be behind
  std::size_t frame_bytes = 256 << 10;          ///< largest frame of an audience; larger updates go in parts
  std::size_t part_bytes = kPartBytes;          ///< of a snapshot or catch-up: a part is ended when it has grown to this; at least 1
  std::size_t fold_changes_max = 16'384;        ///< more changed entities than this: a snapshot instead
  std::size_t missed_event_bytes_max = 1 << 20; ///< more missed events than this: a gap instead
};

class Fanout {
 public:
  explicit Fanout(FanoutOptions options) : options_(options), log_(options.log_bytes), folds_(log_, options.fold_changes_max) {
    STARLING_CHECK(options.part_bytes > 0);  // an empty part is full: nothing would ever be sent
  }

  /// A closed batch: `seq` one after the last.
  void take(log::BatchPtr batch, Instant now);
  /// Beats and events that are due. To be called at `next_due`, earlier does nothing.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  /// Answers `subscribed` and begins a snapshot. `reason`: fresh, or why it does not resume (then `lost_after` is the seq it came with).
  void subscribe(Subscription& viewer, SubscribedReason reason, std::optional<Seq> lost_after, Instant now);
  /// Continues after `since`, which the log must reach: answers `subscribed`, then sends one update with all that differs.
  void resume(Subscription& viewer, Seq since, Instant now);
  /// Another view and pace under the same number: answers `subscribed`, then sends the difference of the two.
  void replace(Subscription& viewer, view::ViewPtr view, Period period, Instant now);
  /// The snapshot again, from now.
  void restart(Subscription& viewer, Instant now);
  /// Ends it; nothing more is sent.
  void unsubscribe(Subscription& viewer);
  /// Its link takes frames again.
  void drained(Subscription& viewer, Instant now);

  /// Gives up jobs of viewers who do not read and whose log is gone: what they hold on to would grow for as long as they like. To be called
  /// about every second.
  void abandon_stale_jobs();

  /// Up to where it is told everything; nullopt while it is paused, lagging or in a job.
  [[nodiscard]] std::optional<Seq> position(const Subscription& viewer) const;

  [[nodiscard]] const log::Log& log() const noexcept { return log_; }
  [[nodiscard]] const state::State& state() const noexcept { return state_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const FanoutOptions& options() const noexcept { return options_; }

 private:
  /// The newest event of a channel: whether a cursor before it has lost something.
  struct EventMark {
    const state::Channel* channel = nullptr;
    Seq seq = 0;
  };

  void answer(Subscription& viewer, SubscribedReason reason, const std::vector<Gap>& gaps = {});
  [[nodiscard]] PaceClass& class_of(Period period);
  void leave_class(Subscription& viewer);
  void settle(Subscription& viewer, Instant now);
  void catch_up(Subscription& viewer, Instant now);
  void expire(Subscription& viewer, Instant now);
  void begin_snapshot(Subscription& viewer, Instant now);
  void begin_job(Subscription& viewer, std::unique_ptr<Job> job, Instant now);
  void end_job(Subscription& viewer);
  void run_job(Subscription& viewer, Instant now);
  /// What a view shows of events after `after` that a snapshot from now cannot bring.
  [[nodiscard]] std::vector<Gap> lost_events(const view::View& view, Seq after) const;
  void serve_owed(PaceClass& pace_class, Instant now);
  [[nodiscard]] log::FoldPtr fold_of_replacement(const view::View& was, const view::View& is, Seq cursor);
  [[nodiscard]] std::shared_ptr<const state::Cut> cut_of(std::size_t space_index);

  FanoutOptions options_;
  log::Log log_;
  state::State state_;
  FoldCache folds_;
  Counters counters_;
  std::map<Period, PaceClass> classes_;
  std::unordered_set<Subscription*> busy_;                   // with a job
  std::vector<EventMark> event_marks_;                       // by channel index
  std::vector<std::weak_ptr<const state::Cut>> cuts_;        // the newest of each space, while somebody reads it
};

}  // namespace starling::fanout

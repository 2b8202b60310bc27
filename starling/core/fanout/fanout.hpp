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
#include <vector>

#include "starling/core/fanout/catch_up.hpp"
#include "starling/core/fanout/fold_cache.hpp"
#include "starling/core/fanout/pace_class.hpp"
#include "starling/core/fanout/snapshot.hpp"
#include "starling/core/fanout/tails.hpp"
#include "starling/core/log/past.hpp"
#include "starling/core/state/state.hpp"

namespace starling::fanout {

struct FanoutOptions {
  Duration tick = std::chrono::milliseconds{100};
  std::size_t log_bytes = 64 << 20;             ///< how far a cursor can be behind
  std::size_t frame_bytes = 256 << 10;          ///< largest frame of an audience; larger updates go in parts
  std::size_t part_bytes = kPartBytes;          ///< of a snapshot or catch-up: a part is ended when it has grown to this; at least 1
  std::size_t fold_changes_max = 16'384;        ///< more changed entities than this: a snapshot instead
  std::size_t missed_event_bytes_max = 1 << 20; ///< more missed events than this: a gap instead
  std::size_t cuts_max = 4;                     ///< cuts of the state that live at once; who comes beyond that joins the newest; at least 2
  std::size_t listed_max = 1'024;               ///< so many entities in a box are gathered for its snapshot; of more, a cut is read
  /// A job that sends nothing for so long gives back what it holds; so does one that takes so long over a cut while others wait for one.
  Duration idle_job_max = std::chrono::seconds{30};
};

class Fanout {
 public:
  explicit Fanout(FanoutOptions options);

  /// Before the first batch: goes on from there. Of `channels` those of events may have said something that nobody knows any more.
  void take_up(const log::Past& past, const std::vector<const state::Channel*>& channels);
  /// A closed batch: `seq` one after the last.
  void take(log::BatchPtr batch, Instant now);
  /// Beats and events that are due. To be called at `next_due`, earlier does nothing.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  /// Answers `subscribed` and begins a snapshot. `reason`: fresh, or why it does not resume (then `since` is the seq it came with).
  void subscribe(Subscription& viewer, SubscribedReason reason, std::optional<Seq> since, Instant now);
  /// Continues after `since`, which the log must reach: answers `subscribed`, then sends one update with all that differs.
  void resume(Subscription& viewer, Seq since, Instant now);
  /// Continues after `since`, which the log must reach, and says only what differs: no answer, and nothing if nothing does.
  void follow(Subscription& viewer, Seq since, Instant now);
  /// The same, at its next beat.
  void join(Subscription& viewer, Seq since, Instant now);
  /// Another view and pace under the same number: answers `subscribed`, then sends the difference of the two. `told`: what it was told of what it is shown, where that is less; null: all.
  void replace(Subscription& viewer, view::ViewPtr view, Period period, Instant now, view::ViewPtr told = nullptr);
  /// The snapshot again, from now.
  void restart(Subscription& viewer, Instant now);
  /// What waits for its beat is told now: afterwards it holds what there is, or its socket is full.
  void hasten(Subscription& viewer, Instant now);
  /// Ends it; nothing more is sent.
  void unsubscribe(Subscription& viewer);
  /// Its link takes frames again.
  void drained(Subscription& viewer, Instant now);

  /// Gives up jobs of viewers who do not read, and goes on with those who waited for a cut. To be called about every second.
  void tend_jobs(Instant now);

  /// Up to where it is told everything; nullopt while it is paused, lagging or in a job.
  [[nodiscard]] std::optional<Seq> position(const Subscription& viewer) const;

  [[nodiscard]] const log::Log& log() const noexcept { return log_; }
  [[nodiscard]] const state::State& state() const noexcept { return state_; }
  [[nodiscard]] const Tails& tails() const noexcept { return tails_; }
  [[nodiscard]] const Counters& counters() const noexcept { return counters_; }
  [[nodiscard]] const FanoutOptions& options() const noexcept { return options_; }
  [[nodiscard]] std::size_t cuts() const noexcept { return cuts_.live(); }

 private:
  void note_event(const state::EventPtr& event);
  void mark_event(const state::Channel& channel, Seq seq);
  void answer(Subscription& viewer, SubscribedReason reason, const std::vector<Gap>& gaps = {});
  [[nodiscard]] PaceClass& class_of(Period period);
  /// Lists it as busy, until it is released.
  void enlist(Subscription& viewer);
  /// From wherever it stands to idle.
  void release(Subscription& viewer);
  void settle(Subscription& viewer, Instant now);
  /// `fold`: from its cursor to now; null: it is to be made.
  void catch_up(Subscription& viewer, Instant now, log::FoldPtr fold = nullptr);
  void expire(Subscription& viewer, Instant now);
  void begin_anew(Subscription& viewer, SubscribedReason reason, const std::vector<Gap>& gaps, Instant now);
  /// Or leaves it waiting, if the cuts there are would take it back.
  void begin_snapshot(Subscription& viewer, Instant now);
  /// To whose encoder reads it: now, or when its socket drains.
  void tell_state(Subscription& viewer, Instant now);
  void begin_job(Subscription& viewer, std::unique_ptr<Job> job, Instant now);
  void run_job(Subscription& viewer, Instant now);
  /// Takes back what its job holds; it begins anew when it reads.
  void give_up(Subscription& viewer, Instant now);
  void finish_job(Subscription& viewer, Instant now);
  /// Whether what it holds is to be taken back. `is_cut_wanted`: others wait for a cut, and there may be no more of them.
  [[nodiscard]] bool is_to_be_given_up(const Subscription& viewer, bool is_cut_wanted, Instant now) const;
  /// From the cut it holds to a later one, if there is one to be had.
  void cross_gap(Subscription& viewer, Instant now);
  /// What happened since `cursor`, at least as far as one of the views shows it; null if the log does not reach back or it is too much.
  [[nodiscard]] log::FoldPtr fold_for(const view::View& was, const view::View& is, Seq cursor);
  /// What a view shows of events after `after` that a snapshot from now cannot bring.
  [[nodiscard]] std::vector<Gap> lost_events(const view::View& view, Seq after) const { return lost_events(view, after, event_marks_, log_.head()); }
  [[nodiscard]] std::vector<Gap> lost_events(const view::View& view, Seq after, const std::vector<Seq>& marks, Seq upto) const;
  void serve_owed(PaceClass& pace_class, Instant now);
  [[nodiscard]] CatchUpOptions catch_up_options(bool must_send) const noexcept {
    return {.event_bytes_max = options_.missed_event_bytes_max, .part_bytes = options_.part_bytes, .must_send = must_send};
  }

  FanoutOptions options_;
  log::Log log_;
  state::State state_;
  FoldCache folds_;
  Cuts cuts_;
  Tails tails_;
  Counters counters_;
  Fragments news_fragments_;
  FoldMap map_;
  Sheets sheets_;
  std::map<Period, PaceClass> classes_;
  std::vector<Subscription*> busy_;                    // sending, left behind or awaiting a cut; in an order that addresses have no say in
  std::vector<const state::Channel*> event_channels_;  // by channel index
  std::vector<Seq> event_marks_;                       // by channel index: the seq of its newest event, whether a cursor before it has lost something
};

}  // namespace starling::fanout

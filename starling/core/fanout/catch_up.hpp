/// @file
/// One viewer's way from where it is to where the state was at a later seq, as one update in as many parts as it takes.
#pragma once

#include <string>
#include <vector>

#include "starling/core/fanout/cuts.hpp"
#include "starling/core/fanout/subscription.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

struct CatchUpOptions {
  std::size_t event_bytes_max = 1 << 20;  ///< more missed events than this are told as a gap
  std::size_t part_bytes = kPartBytes;    ///< a part is ended when it has grown to this
  bool must_send = false;                 ///< also if nothing differs
};

/// Tells the difference between `was` of where it starts and `is` of where it ends.
class CatchUp final : public Job {
 public:
  /// Over a fold of the log.
  CatchUp(log::FoldPtr fold, view::ViewPtr was, view::ViewPtr is, CatchUpOptions options);
  /// From one cut to another, where the log has gone past the first. `gaps`: the events that went with it.
  CatchUp(CutDifferencePtr difference, view::ViewPtr view, CatchUpOptions options, std::vector<Gap> gaps);

  bool send_part(Subscription& to) override;
  [[nodiscard]] Seq seq() const noexcept override { return fold_ ? fold_->upto : difference_->younger().seq; }
  [[nodiscard]] StateCutPtr cut() const noexcept override { return difference_ ? difference_->younger_cut() : nullptr; }

 private:
  void gather_events(std::size_t bytes_max);
  [[nodiscard]] bool next_change();

  log::FoldPtr fold_;            // either this
  CutDifferencePtr difference_;  // or that
  view::ViewPtr was_, is_;
  bool must_send_;
  std::size_t part_bytes_;
  std::size_t changes_taken_ = 0;
  state::Change change_;                   // the one being told
  std::vector<view::Transition> waiting_;  // of it
  std::size_t next_waiting_ = 0;
  std::vector<Gap> gaps_;
  std::vector<const state::Event*> events_;
  std::size_t next_event_ = 0;
};

/// Gaps for the channels of which the view lost events after `after`: one a channel.
void add_gap(std::vector<Gap>& gaps, const state::Channel& channel, Seq after, Seq before);

}  // namespace starling::fanout

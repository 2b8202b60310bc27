/// @file
/// One viewer's way from its cursor to the end of a fold, as one update in as many parts as it takes.
#pragma once

#include <vector>

#include "starling/core/fanout/subscription.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

struct CatchUpOptions {
  std::size_t event_bytes_max = 1 << 20;  ///< more missed events than this are told as a gap
  std::size_t part_bytes = kPartBytes;    ///< a part is ended when it has grown to this
  bool must_send = false;                 ///< also if nothing differs
};

/// Tells the difference between `was` of what the fold starts from and `is` of what it ends with.
class CatchUp final : public Job {
 public:
  CatchUp(log::FoldPtr fold, view::ViewPtr was, view::ViewPtr is, CatchUpOptions options);

  bool send_part(Subscription& to) override;
  [[nodiscard]] Seq seq() const noexcept override { return fold_->upto; }

 private:
  void gather_events(std::size_t bytes_max);

  log::FoldPtr fold_;
  view::ViewPtr was_, is_;
  bool must_send_;
  std::size_t part_bytes_;
  std::size_t next_change_ = 0;
  std::vector<view::Difference> waiting_;  // of the change before next_change_, still to be added
  std::size_t next_waiting_ = 0;
  std::vector<Gap> gaps_;
  std::vector<const state::Event*> events_;
  std::size_t next_event_ = 0;
};

/// Gaps for the channels of which the view lost events after `after`: one a channel.
void add_gap(std::vector<Gap>& gaps, const state::Channel& channel, Seq after, Seq before);

}  // namespace starling::fanout

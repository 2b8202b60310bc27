/// @file
/// The state as it was, for those who are being sent it: few of them at a time, shared by all who begin at the same seq.
///
/// At most `cuts_max` live at once, so what they hold on to stays bounded however many viewers begin: who comes beyond that joins the newest, and
/// who needs a later one waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "starling/core/state/change.hpp"
#include "starling/core/state/state.hpp"

namespace starling::fanout {

/// All spaces at one seq.
struct StateCut {
  state::Seq seq = 0;
  std::vector<state::Cut> spaces;
  std::vector<state::Seq> events;  ///< by channel index: the seq of its newest event; 0: none
};
using StateCutPtr = std::shared_ptr<const StateCut>;

/// What differs between two cuts.
class CutDifference {
 public:
  CutDifference(StateCutPtr older, StateCutPtr younger);

  [[nodiscard]] const StateCut& older() const noexcept { return *older_; }
  [[nodiscard]] const StateCut& younger() const noexcept { return *younger_; }
  [[nodiscard]] const StateCutPtr& younger_cut() const noexcept { return younger_; }
  /// How many entities differ.
  [[nodiscard]] std::size_t size() const noexcept { return places_.size() + strays_.size(); }
  /// The change of the one with this number.
  [[nodiscard]] state::Change operator[](std::size_t number) const;

 private:
  struct Where {
    std::uint32_t space;
    std::uint32_t slot;
  };
  StateCutPtr older_, younger_;
  std::vector<Where> places_;           // one entity on both sides, or on one
  std::vector<state::Change> strays_;   // those whose slot was given to another meanwhile
};
using CutDifferencePtr = std::shared_ptr<const CutDifference>;

class Cuts {
 public:
  /// `cuts_max`: at least 2, for a difference is of two.
  explicit Cuts(std::size_t cuts_max);

  /// The state as it is at `head`; of before, if as many cuts live as may. `events`: as in `StateCut`.
  [[nodiscard]] StateCutPtr take(const state::State& state, state::Seq head, const std::vector<state::Seq>& events);
  /// From `older` to one taken after it; null if that needs a new one and as many live as may.
  [[nodiscard]] CutDifferencePtr difference(const StateCutPtr& older, const state::State& state, state::Seq head, const std::vector<state::Seq>& events);

  [[nodiscard]] std::size_t live() const noexcept;
  [[nodiscard]] bool is_full() const noexcept { return live() >= cuts_max_; }

 private:
  [[nodiscard]] StateCutPtr newest() const noexcept;

  std::size_t cuts_max_;
  std::vector<std::weak_ptr<const StateCut>> cuts_;                // oldest first
  std::vector<std::weak_ptr<const CutDifference>> differences_;
};

}  // namespace starling::fanout

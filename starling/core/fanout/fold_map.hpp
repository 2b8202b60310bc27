/// @file
/// A fold laid out on a map, for a beat: what concerns one who looks at a box is found by the box, as runs.
///
/// Asking the index who looks at each change costs every match; asking the map what lies in each box costs what the box's edge
/// crosses. Where many look at much of what moves, that is far less, and what a run says is copied at once (`Sheets`).
#pragma once

#include <cstdint>
#include <vector>

#include "starling/core/geo/move_tree.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

class FoldMap {
 public:
  /// Runs of the map, for one box.
  struct Runs {
    std::uint32_t first = 0, count = 0;  ///< in what is kept here until the next fold
  };

  /// `fold` must live until the next.
  void lay_out(const log::Fold& fold);
  void clear() noexcept;

  /// How many changes are on the map: those from place to place.
  [[nodiscard]] std::size_t size() const noexcept { return tree_.size(); }
  /// Numbers in the fold, of these and of the others. What came and went is neither.
  [[nodiscard]] const std::vector<std::uint32_t>& on_it() const noexcept { return on_it_; }
  [[nodiscard]] const std::vector<std::uint32_t>& elsewhere() const noexcept { return elsewhere_; }
  [[nodiscard]] const state::Change& change_at(std::uint32_t position) const noexcept { return fold_->changes[tree_.number_at(position)]; }
  /// The channels in which a change on the map differs, by ascending index.
  [[nodiscard]] const std::vector<const state::Channel*>& channels() const noexcept { return channels_; }

  /// What begins and ends in the box; appends to `half` the numbers of what does one of the two.
  [[nodiscard]] Runs find(const geo::Box& box, std::vector<std::uint32_t>& half);
  [[nodiscard]] const geo::MoveTree::Run* begin(const Runs& runs) const noexcept { return runs_.data() + runs.first; }
  [[nodiscard]] const geo::MoveTree::Run* end(const Runs& runs) const noexcept { return begin(runs) + runs.count; }
  /// How many changes they are.
  [[nodiscard]] std::size_t changes(const Runs& runs) const noexcept;
  /// Appends the numbers of the changes in them.
  void expand(const Runs& runs, std::vector<std::uint32_t>& numbers) const;

 private:
  void note_channels(const state::Change& change);

  const log::Fold* fold_ = nullptr;
  geo::MoveTree tree_;
  std::vector<std::uint32_t> on_it_, elsewhere_;
  std::vector<const state::Channel*> channels_;
  std::vector<geo::MoveTree::Run> runs_;
};

}  // namespace starling::fanout

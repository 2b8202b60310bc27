/// @file
/// Moves from place to place, in an order in which neighbours stand together: what a box holds of them is a few runs.
///
/// Made for one use: all are taken in, then asked about by many boxes. A subtree that lies wholly in a box is a run, however much it
/// holds, so asking costs what the edge of the box crosses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "starling/core/geo/box.hpp"
#include "starling/core/geo/rectangle.hpp"

namespace starling::geo {

class MoveTree {
 public:
  /// What stands at the positions from `first` on, before `last`.
  struct Run {
    std::uint32_t first, last;
    bool operator==(const Run&) const = default;
  };

  void clear() noexcept;
  /// `number` means nothing here. To be followed by `build`.
  void add(const Point& from, const Point& to, std::uint32_t number);
  /// Gives each move its position.
  void build();

  [[nodiscard]] std::size_t size() const noexcept { return moves_.size(); }
  [[nodiscard]] std::uint32_t number_at(std::uint32_t position) const noexcept { return moves_[position].number; }

  /// Appends to `whole` the moves that begin and end in the box, by ascending positions, and to `half` the numbers of those that do only one of
  /// the two. In the box is what Box::contains says.
  void find(const Box& box, std::vector<Run>& whole, std::vector<std::uint32_t>& half) const;

 private:
  struct Move {
    Point from, to;  ///< canonical
    std::uint32_t number;
  };
  struct Node {
    Rectangle around;
    std::uint32_t first, last;
    std::uint32_t right;  ///< the left one is the next; 0: a leaf
  };
  void divide(std::uint32_t first, std::uint32_t last);

  std::vector<Move> moves_;
  std::vector<Node> nodes_;
};

}  // namespace starling::geo

#include "starling/core/geo/move_tree.hpp"

#include <algorithm>
#include <array>

#include "starling/core/base/check.hpp"

namespace starling::geo {
namespace {

/// Fewer make more nodes, more make more moves to be compared at the edge of a box.
constexpr std::uint32_t kLeafMoves = 6;
/// Each level halves, so 32 bits of numbers need no more.
constexpr std::size_t kDepthMax = 40;

void include(Rectangle& around, const Point& point) noexcept {
  around.south_deg = std::min(around.south_deg, point.latitude_deg);
  around.north_deg = std::max(around.north_deg, point.latitude_deg);
  around.west_deg = std::min(around.west_deg, point.longitude_deg);
  around.east_deg = std::max(around.east_deg, point.longitude_deg);
}

/// One run goes on where the last one ended.
void append(std::vector<MoveTree::Run>& runs, std::size_t begin, MoveTree::Run run) {
  if (runs.size() > begin && runs.back().last == run.first) {
    runs.back().last = run.last;
  } else {
    runs.push_back(run);
  }
}

}  // namespace

void MoveTree::clear() noexcept {
  moves_.clear();
  nodes_.clear();
}

void MoveTree::add(const Point& from, const Point& to, std::uint32_t number) { moves_.push_back({canonical(from), canonical(to), number}); }

void MoveTree::build() {
  nodes_.clear();
  if (!moves_.empty()) divide(0, static_cast<std::uint32_t>(moves_.size()));
}

void MoveTree::divide(std::uint32_t first, std::uint32_t last) {
  const std::size_t at = nodes_.size();
  const Point& any = moves_[first].to;
  Rectangle around{any.latitude_deg, any.longitude_deg, any.latitude_deg, any.longitude_deg};
  for (std::uint32_t i = first; i < last; ++i) {
    include(around, moves_[i].from);
    include(around, moves_[i].to);
  }
  nodes_.push_back({around, first, last, 0});
  if (last - first <= kLeafMoves) return;
  const std::uint32_t middle = first + (last - first) / 2;
  const auto divide_by = [&](double Point::*axis) {
    std::nth_element(moves_.begin() + first, moves_.begin() + middle, moves_.begin() + last,
                     [axis](const Move& a, const Move& b) { return a.to.*axis < b.to.*axis; });
  };
  const bool is_wide = around.east_deg - around.west_deg > around.north_deg - around.south_deg;
  divide_by(is_wide ? &Point::longitude_deg : &Point::latitude_deg);
  divide(first, middle);
  nodes_[at].right = static_cast<std::uint32_t>(nodes_.size());
  divide(middle, last);
}

void MoveTree::find(const Box& box, std::vector<Run>& whole, std::vector<std::uint32_t>& half) const {
  const Rectangles there(box);
  if (nodes_.empty() || there.empty()) return;
  const std::size_t begin = whole.size();
  std::array<std::uint32_t, kDepthMax> later;  // the right ones of those on the way down
  std::size_t waiting = 0;
  for (std::uint32_t at = 0;;) {
    const Node& node = nodes_[at];
    bool meets = false, covers = false;
    for (const Rectangle& rectangle : there) {
      meets = meets || rectangle.meets(node.around);
      covers = covers || rectangle.covers(node.around);
    }
    if (meets && !covers && node.right != 0) {
      STARLING_CHECK(waiting < later.size());
      later[waiting++] = node.right;
      ++at;
      continue;
    }
    if (covers) {
      append(whole, begin, {node.first, node.last});
    } else if (meets) {
      for (std::uint32_t i = node.first; i < node.last; ++i) {
        const bool begins = there.contains(moves_[i].from), ends = there.contains(moves_[i].to);
        if (begins && ends) {
          append(whole, begin, {i, i + 1});
        } else if (begins || ends) {
          half.push_back(moves_[i].number);
        }
      }
    }
    if (waiting == 0) return;
    at = later[--waiting];
  }
}

}  // namespace starling::geo

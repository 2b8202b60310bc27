/// @file
/// Place → whatever stands there: a bucket quadtree of points.
///
/// A cell that holds more than a bucket is divided in four, so a whole fleet in one town costs a few levels more and nothing else
/// (docs/decisions/0003-quadtree-of-places.md). Every cell knows how many points it holds. Points are kept as given, and what a box
/// holds is what Box::contains says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "starling/core/base/pool.hpp"
#include "starling/core/geo/box.hpp"
#include "starling/core/geo/rectangle.hpp"

namespace starling::geo {

class Quadtree {
 public:
  /// A number that means nothing here; in the tree at most once.
  using Handle = std::uint32_t;

  void insert(const Point& place, Handle handle);
  /// `handle` stands at `place`.
  void erase(const Point& place, Handle handle);
  /// `handle` stands at `from`. Cheapest within a cell: then two numbers are written.
  void move(Handle handle, const Point& from, const Point& to);

  [[nodiscard]] std::size_t size() const noexcept { return root_.count; }
  /// Memory it holds, in bytes.
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof *this + quads_.bytes() + blocks_.bytes(); }

  /// Calls `visit(handle)` for each point in the box. `visit` must not change the tree; so it is with the other one.
  template <class Visit>
  void for_each_in(const Box& box, Visit&& visit) const {
    for (const Rectangle& rectangle : Rectangles(box)) visit_in(root_, kWorld, rectangle, visit);
  }

  /// Calls `visit(handle, is_in_a, is_in_b)` for each point in exactly one of the boxes: what a map that moves from one to the other
  /// loses and gains. Cells where both boxes hold the same are passed over, however much is in them. Returns how many points it
  /// had to compare.
  template <class Visit>
  std::size_t for_each_in_one_of(const Box& a, const Box& b, Visit&& visit) const {
    std::size_t compared = 0;
    visit_in_one_of(root_, kWorld, Rectangles(a), Rectangles(b), visit, compared);
    return compared;
  }

  /// How many points are in the box, but no more than `at_most`: it stops there. Cells wholly in the box are not opened.
  [[nodiscard]] std::size_t count_in(const Box& box, std::size_t at_most) const noexcept;

 private:
  // A leaf's points stand in blocks, the first of which has room; so a leaf wastes half a block on average.
  static constexpr std::uint32_t kBlockPoints = 8;
  struct Block {
    std::array<double, kBlockPoints> latitude_deg, longitude_deg;  ///< canonical
    std::array<Handle, kBlockPoints> handle;
    std::uint32_t next;
    [[nodiscard]] Point at(std::size_t i) const noexcept { return {latitude_deg[i], longitude_deg[i]}; }
  };
  static_assert(sizeof(Block) == 168);  // 21 bytes a point, when it is full

  /// A cell: inner, with four cells below it, or a leaf.
  struct Node {
    static constexpr std::uint32_t kInner = 0x8000'0000u, kNone = 0x7FFF'FFFFu;
    std::uint32_t first = kNone;  ///< a leaf: its first block; kInner and the number of the quad below
    std::uint32_t count = 0;      ///< points in the cell

    [[nodiscard]] bool is_leaf() const noexcept { return (first & kInner) == 0; }
    [[nodiscard]] std::uint32_t quad() const noexcept { return first & ~kInner; }
    /// Points in a leaf's first block; the others are full.
    [[nodiscard]] std::uint32_t first_block_points() const noexcept { return count == 0 ? 0 : (count - 1) % kBlockPoints + 1; }
  };
  using Quad = std::array<Node, 4>;  ///< south-west, south-east, north-west, north-east

  /// A node on the way down, and what it is the node of.
  struct Step {
    Node* node;
    Rectangle cell;
    std::uint32_t depth;
  };

  static constexpr Rectangle kWorld{-90.0, -180.0, 90.0, 180.0};

  /// Halves are exact: no cell is so deep that its edges would be rounded.
  [[nodiscard]] static Rectangle child_cell(const Rectangle& cell, std::size_t which) noexcept {
    const double latitude = (cell.south_deg + cell.north_deg) / 2, longitude = (cell.west_deg + cell.east_deg) / 2;
    const bool is_north = (which & 2) != 0, is_east = (which & 1) != 0;
    return {is_north ? latitude : cell.south_deg, is_east ? longitude : cell.west_deg, is_north ? cell.north_deg : latitude,
            is_east ? cell.east_deg : longitude};
  }
  [[nodiscard]] static std::size_t child_of(const Rectangle& cell, const Point& place) noexcept {
    return (place.latitude_deg >= (cell.south_deg + cell.north_deg) / 2 ? 2u : 0u) +
           (place.longitude_deg >= (cell.west_deg + cell.east_deg) / 2 ? 1u : 0u);
  }

  [[nodiscard]] Step below(const Step& step, std::size_t which) noexcept {
    return {&quads_[step.node->quad()][which], child_cell(step.cell, which), step.depth + 1};
  }
  void insert_below(Step step, const Point& place, Handle handle);
  void erase_below(Step step, const Point& place, Handle handle);
  void append(Node& leaf, const Point& place, Handle handle);
  void remove(Node& leaf, Handle handle);
  [[nodiscard]] std::pair<Block*, std::size_t> find(Node& leaf, Handle handle) noexcept;
  void give_back_blocks(const Node& leaf);
  void split(Step step);
  void merge(Node& node);
  void empty_into(std::uint32_t quad, Node& leaf);
  void count(const Node& node, const Rectangle& cell, const Rectangle& wanted, std::size_t at_most, std::size_t& found) const noexcept;

  template <class Each>
  void for_each_of_leaf(const Node& leaf, Each&& each) const {
    std::uint32_t points = leaf.first_block_points();
    for (std::uint32_t number = leaf.first; number != Node::kNone; points = kBlockPoints) {
      const Block& block = blocks_[number];
      for (std::size_t i = 0; i < points; ++i) each(block, i);
      number = block.next;
    }
  }

  template <class Each>
  void for_each_below(const Node& node, Each&& each) const {
    if (node.is_leaf()) {
      for_each_of_leaf(node, [&](const Block& block, std::size_t i) { each(block.handle[i]); });
    } else {
      for (const Node& child : quads_[node.quad()]) for_each_below(child, each);
    }
  }

  template <class Visit>
  void visit_in(const Node& node, const Rectangle& cell, const Rectangle& wanted, Visit& visit) const {
    if (node.count == 0 || !wanted.meets(cell)) return;
    if (wanted.covers(cell)) {
      for_each_below(node, visit);
    } else if (node.is_leaf()) {
      for_each_of_leaf(node, [&](const Block& block, std::size_t i) {
        if (wanted.contains(block.at(i))) visit(block.handle[i]);
      });
    } else {
      const Quad& quad = quads_[node.quad()];
      for (std::size_t i = 0; i < quad.size(); ++i) visit_in(quad[i], child_cell(cell, i), wanted, visit);
    }
  }

  /// `a` and `b` reach beyond the cell or not: what is outside does not matter.
  template <class Visit>
  void visit_in_one_of(const Node& node, const Rectangle& cell, const Rectangles& a, const Rectangles& b, Visit& visit,
                       std::size_t& compared) const {
    if (node.count == 0) return;
    const Rectangles in_a = a.within(cell), in_b = b.within(cell);
    if (in_a == in_b) return;
    if (in_b.empty() && in_a[0].covers(cell)) {
      for_each_below(node, [&](Handle handle) { visit(handle, true, false); });
    } else if (in_a.empty() && in_b[0].covers(cell)) {
      for_each_below(node, [&](Handle handle) { visit(handle, false, true); });
    } else if (node.is_leaf()) {
      compared += node.count;
      for_each_of_leaf(node, [&](const Block& block, std::size_t i) {
        const bool is_in_a = in_a.contains(block.at(i)), is_in_b = in_b.contains(block.at(i));
        if (is_in_a != is_in_b) visit(block.handle[i], is_in_a, is_in_b);
      });
    } else {
      const Quad& quad = quads_[node.quad()];
      for (std::size_t i = 0; i < quad.size(); ++i) visit_in_one_of(quad[i], child_cell(cell, i), in_a, in_b, visit, compared);
    }
  }

  Node root_;
  Pool<Quad> quads_;
  Pool<Block> blocks_;
};

}  // namespace starling::geo

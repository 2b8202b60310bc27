#include "starling/core/geo/quadtree.hpp"

#include <algorithm>
#include <utility>

#include "starling/core/base/check.hpp"

namespace starling::geo {
namespace {

/// More than this in a cell, and it is divided; half of it left in the four, and they are one again. 64 would save a tenth of the
/// memory and make moves a tenth to a quarter slower (docs/decisions/0003-quadtree-of-places.md).
constexpr std::uint32_t kLeafPointsMax = 32;
constexpr std::uint32_t kMergedPointsMax = kLeafPointsMax / 2;

/// Cells of this depth are 2.4 m by 1.2 m at the equator and are not divided: points may be equal, any number of them.
constexpr std::uint32_t kDepthMax = 24;

}  // namespace

void Quadtree::insert(const Point& place, Handle handle) { insert_below({&root_, kWorld, 0}, canonical(place), handle); }

void Quadtree::erase(const Point& place, Handle handle) { erase_below({&root_, kWorld, 0}, canonical(place), handle); }

void Quadtree::move(Handle handle, const Point& from, const Point& to) {
  const Point before = canonical(from), after = canonical(to);
  Step step{&root_, kWorld, 0};
  // As far as both lie in the same cells, no count changes.
  while (!step.node->is_leaf()) {
    const std::size_t leaves = child_of(step.cell, before), enters = child_of(step.cell, after);
    if (leaves != enters) {
      erase_below(below(step, leaves), before, handle);
      insert_below(below(step, enters), after, handle);
      return;
    }
    step = below(step, leaves);
  }
  const auto [block, i] = find(*step.node, handle);
  block->latitude_deg[i] = after.latitude_deg;
  block->longitude_deg[i] = after.longitude_deg;
}

std::size_t Quadtree::count_in(const Box& box, std::size_t at_most) const noexcept {
  std::size_t found = 0;
  for (const Rectangle& rectangle : Rectangles(box)) count(root_, kWorld, rectangle, at_most, found);
  return std::min(found, at_most);
}

void Quadtree::count(const Node& node, const Rectangle& cell, const Rectangle& wanted, std::size_t at_most,
                     std::size_t& found) const noexcept {
  if (node.count == 0 || found >= at_most || !wanted.meets(cell)) return;
  if (wanted.covers(cell)) {
    found += node.count;
  } else if (node.is_leaf()) {
    for_each_of_leaf(node, [&](const Block& block, std::size_t i) { found += wanted.contains(block.at(i)) ? 1 : 0; });
  } else {
    const Quad& quad = quads_[node.quad()];
    for (std::size_t i = 0; i < quad.size(); ++i) count(quad[i], child_cell(cell, i), wanted, at_most, found);
  }
}

void Quadtree::insert_below(Step step, const Point& place, Handle handle) {
  while (!step.node->is_leaf()) {
    ++step.node->count;
    step = below(step, child_of(step.cell, place));
  }
  append(*step.node, place, handle);
  split(step);
}

void Quadtree::erase_below(Step step, const Point& place, Handle handle) {
  Node* to_merge = nullptr;
  while (!step.node->is_leaf()) {
    if (--step.node->count <= kMergedPointsMax && to_merge == nullptr) to_merge = step.node;
    step = below(step, child_of(step.cell, place));
  }
  remove(*step.node, handle);
  if (to_merge != nullptr) merge(*to_merge);
}

void Quadtree::append(Node& leaf, const Point& place, Handle handle) {
  const std::uint32_t i = leaf.count % kBlockPoints;
  if (i == 0) {  // the first block, if there is one, is full
    const std::uint32_t number = blocks_.take();
    blocks_[number].next = std::exchange(leaf.first, number);
  }
  Block& block = blocks_[leaf.first];
  block.latitude_deg[i] = place.latitude_deg;
  block.longitude_deg[i] = place.longitude_deg;
  block.handle[i] = handle;
  ++leaf.count;
}

void Quadtree::remove(Node& leaf, Handle handle) {
  const auto [block, i] = find(leaf, handle);
  const Block& first = blocks_[leaf.first];
  const std::size_t last = leaf.first_block_points() - 1;
  block->latitude_deg[i] = first.latitude_deg[last];
  block->longitude_deg[i] = first.longitude_deg[last];
  block->handle[i] = first.handle[last];
  --leaf.count;
  if (last == 0) blocks_.give_back(std::exchange(leaf.first, first.next));
}

std::pair<Quadtree::Block*, std::size_t> Quadtree::find(Node& leaf, Handle handle) noexcept {
  std::uint32_t points = leaf.first_block_points();
  for (std::uint32_t number = leaf.first; number != Node::kNone; points = kBlockPoints) {
    Block& block = blocks_[number];
    for (std::size_t i = 0; i < points; ++i) {
      if (block.handle[i] == handle) return {&block, i};
    }
    number = block.next;
  }
  constexpr bool kStandsThere = false;
  STARLING_CHECK(kStandsThere, handle);
  return {};
}

void Quadtree::give_back_blocks(const Node& leaf) {
  for (std::uint32_t number = leaf.first; number != Node::kNone; number = blocks_[number].next) blocks_.give_back(number);
}

void Quadtree::split(Step step) {
  Node& node = *step.node;
  if (node.count <= kLeafPointsMax || step.depth == kDepthMax) return;
  const std::uint32_t number = quads_.take();
  Quad& quad = quads_[number];
  for_each_of_leaf(node, [&](const Block& block, std::size_t i) {
    append(quad[child_of(step.cell, block.at(i))], block.at(i), block.handle[i]);
  });
  give_back_blocks(node);
  node.first = Node::kInner | number;
  for (std::size_t i = 0; i < quad.size(); ++i) split(below(step, i));  // all may have gone to one of them
}

void Quadtree::merge(Node& node) {
  Node leaf;
  empty_into(node.quad(), leaf);
  STARLING_CHECK(leaf.count == node.count, leaf.count, node.count);
  node = leaf;
}

void Quadtree::empty_into(std::uint32_t number, Node& leaf) {
  for (const Node& child : quads_[number]) {
    if (!child.is_leaf()) {
      empty_into(child.quad(), leaf);
      continue;
    }
    for_each_of_leaf(child, [&](const Block& block, std::size_t i) { append(leaf, block.at(i), block.handle[i]); });
    give_back_blocks(child);
  }
  quads_.give_back(number);
}

}  // namespace starling::geo

/// @file
/// Point → boxes: who looks there, among ten thousand maps that overlap.
///
/// A rectangle is kept as a point of four dimensions (west, south, east, north) in an R-tree: "holds this place" is then a range
/// (west at most, south at most, east at least, north at least). An R-tree of the rectangles themselves finds as fast, but cannot
/// take one out again when many lie around each other (ten thousand maps of one town at all zooms): every node covers it, and every
/// node has to be searched.
/// Equal boxes stand in the tree once, whoever looks through them.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "starling/core/geo/box.hpp"

namespace starling::geo {

class BoxIndex {
 public:
  /// A number or the address of whoever looks; means nothing here.
  using Handle = std::uintptr_t;

  BoxIndex();
  ~BoxIndex();
  BoxIndex(BoxIndex&&) noexcept;
  BoxIndex& operator=(BoxIndex&&) noexcept;

  /// `handle` does not stand under `box` yet.
  void insert(const Box& box, Handle handle);
  /// `handle` stands under `box`.
  void erase(const Box& box, Handle handle);
  [[nodiscard]] bool empty() const noexcept;

  /// Calls `visit(handle)` for each whose box contains the place: what Box::contains says. `visit` must not change the index.
  template <class Visit>
  void for_each_at(const Point& place, Visit&& visit) const {
    find(place, visitor_of(visit));
  }
  /// For each whose box contains one of the two places or both, once. Cheapest when they are near each other.
  template <class Visit>
  void for_each_at_either(const Point& before, const Point& after, Visit&& visit) const {
    find_either(before, after, visitor_of(visit));
  }

 private:
  /// A call of somebody's lambda from where Boost is, which only one source file has to read.
  struct Visitor {
    void* visit;
    void (*call)(void* visit, Handle handle);
  };
  template <class Visit>
  static Visitor visitor_of(Visit& visit) noexcept {
    using Plain = std::remove_const_t<Visit>;
    return {const_cast<Plain*>(&visit), [](void* to, Handle handle) { (*static_cast<Visit*>(to))(handle); }};
  }
  void find(const Point& place, Visitor visitor) const;
  void find_either(const Point& before, const Point& after, Visitor visitor) const;

  struct Tree;
  std::unique_ptr<Tree> tree_;
};

}  // namespace starling::geo

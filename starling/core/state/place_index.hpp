/// @file
/// Where the entities of a space stand, by slot: place → slots, and those that stand nowhere.
#pragma once

#include <cstdint>

#include "starling/core/geo/quadtree.hpp"
#include "starling/core/state/entity.hpp"
#include "starling/core/state/slot_set.hpp"

namespace starling::state {

/// What a space knows of places. The hub asks nobody where something is; whoever serves maps does.
enum class Places : std::uint8_t { none, indexed };

class PlaceIndex {
 public:
  /// The slot holds `after` in the place of `before`; null is nobody.
  void write(std::uint32_t slot, const Entity* before, const Entity* after);

  [[nodiscard]] const geo::Quadtree& located() const noexcept { return located_; }
  [[nodiscard]] const SlotSet& unlocated() const noexcept { return unlocated_; }

 private:
  geo::Quadtree located_;
  SlotSet unlocated_;
};

}  // namespace starling::state

/// @file
/// The slots of a space and what its living cuts still need of their past.
///
/// The live slots stand in pages, so that adding some moves none. Each cut has an undo layer, in the order they were taken; a write moves what it replaces
/// into the youngest. So a cut reads a slot in its own layer, else in the next younger ones, else live:
///
///   cut at 7 ──▶ layer 7 ──▶ layer 9 ──▶ live slots ◀── writes
///                cut at 9 ──────┘
///
/// When a cut is let go, its layer goes to the next older one, which was reading it, or, if it is the oldest, is dropped.
/// With no cut alive nothing is kept.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "starling/core/state/undo_layer.hpp"

namespace starling::state {

inline constexpr std::size_t kPageSlots = 256;

class Slots {
  struct Layer {
    UndoLayer undo;
    std::size_t cuts;  // taken with no write between
  };

 public:
  using LayerIterator = std::list<Layer>::iterator;

  [[nodiscard]] std::size_t size() const noexcept { return pages_.size() * kPageSlots; }
  [[nodiscard]] const EntityPtr& at(std::size_t slot) const noexcept { return (*pages_[slot / kPageSlots])[slot % kPageSlots]; }
  void write(std::uint32_t slot, EntityPtr entity) {
    EntityPtr& live = (*pages_[slot / kPageSlots])[slot % kPageSlots];
    if (!layers_.empty()) layers_.back().undo.keep(slot, live);
    live = std::move(entity);
  }
  void add_page() { pages_.push_back(std::make_unique<Page>()); }

  /// How many cuts are alive.
  [[nodiscard]] std::size_t cuts() const noexcept { return cuts_; }
  [[nodiscard]] LayerIterator begin_cut();
  void end_cut(LayerIterator layer);
  /// What the slot held when the layer began; the slot was there then. The reference holds until the next write or end of a cut.
  /// (Not const: what was written since somebody last read is put in order first.)
  [[nodiscard]] const EntityPtr& at(LayerIterator layer, std::size_t slot) {
    for (LayerIterator next = layer; next != layers_.end(); ++next) {
      if (const EntityPtr* kept = next->undo.find(slot)) return *kept;
    }
    return at(slot);
  }
  /// The slots written between the beginnings of two layers, ascending; those added between are not among them.
  [[nodiscard]] std::vector<std::uint32_t> written_between(LayerIterator older, LayerIterator younger) const;

  /// Visits the live entities in slot order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& page : pages_) {
      for (const EntityPtr& entity : *page) {
        if (entity) visit(entity);
      }
    }
  }

 private:
  using Page = std::array<EntityPtr, kPageSlots>;  // null where the slot is empty

  std::vector<std::unique_ptr<Page>> pages_;
  std::list<Layer> layers_;  // oldest first
  std::size_t cuts_ = 0;
};

}  // namespace starling::state

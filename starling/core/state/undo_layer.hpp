/// @file
/// What slots held when a cut was taken, for those written since.
///
/// The first write to a slot moves the entity that stood there in here: a pointer moves, nothing is counted or copied. A page
/// comes into being with its first write and holds only what was kept, so a layer costs what was written, and nothing when it
/// begins. (docs/decisions/0004-cuts-as-undo.md has the measured alternatives.)
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "starling/core/state/entity.hpp"

namespace starling::state {

inline constexpr std::size_t kPageSlots = 256;
/// Empty slots are null.
using Page = std::array<EntityPtr, kPageSlots>;

/// Which slots of a page: slot n is bit n % 64 of word n / 64.
using PageSlots = std::array<std::uint64_t, kPageSlots / 64>;

class UndoLayer {
 public:
  /// Of so many slots, whole pages. Slots added later are nothing to it.
  explicit UndoLayer(std::size_t slots) noexcept : slots_(slots) {}

  [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
  [[nodiscard]] bool is_empty() const noexcept { return pages_.empty(); }

  /// The slot is about to be written: moves out of `entity` what stands there, unless the layer has the slot already or the slot came later.
  void keep(std::uint32_t slot, EntityPtr& entity);

  /// What the slot held; null if it was not written since.
  [[nodiscard]] const EntityPtr* find(std::size_t slot) const noexcept {
    const std::size_t page_index = slot / kPageSlots;
    if (page_index >= pages_.size() || !pages_[page_index]) return nullptr;
    const KeptPage& page = *pages_[page_index];
    const std::size_t place = slot % kPageSlots;
    return (page.kept[place / 64] >> (place % 64) & 1) != 0 ? &page.entities[page.nth[place]] : nullptr;
  }

  /// Takes over what the next younger layer kept and this one did not: from now on it stands for both.
  void absorb(UndoLayer&& younger);

  /// Adds the slots of a page that were written since.
  void append_kept(std::size_t page_index, PageSlots& to) const noexcept;

 private:
  struct KeptPage {
    PageSlots kept{};
    std::array<std::uint8_t, kPageSlots> nth;  // of a slot that is kept: which of the entities is its
    std::vector<EntityPtr> entities;           // in the order they were kept

    void keep(std::size_t place, EntityPtr& entity);
  };

  std::size_t slots_;
  std::vector<std::unique_ptr<KeptPage>> pages_;  // none until something is kept
};

}  // namespace starling::state

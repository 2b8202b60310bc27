/// @file
/// What slots held when a cut was taken, for those written since.
///
/// The first write to a slot moves the entity that stood there to the end of a list: a pointer moves, nothing is counted or copied, and
/// the only memory read is a bit. Which slot is where in the list is found out when somebody reads. So a layer costs what was written, and
/// nothing when it begins. (docs/decisions/0004-cuts-as-undo.md has the alternatives, measured.)
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "starling/core/state/entity.hpp"

namespace starling::state {

class UndoLayer {
 public:
  /// Of so many slots. Slots added later are nothing to it.
  explicit UndoLayer(std::size_t slots) noexcept : slots_(slots) {}

  [[nodiscard]] std::size_t slots() const noexcept { return slots_; }
  [[nodiscard]] bool is_empty() const noexcept { return kept_.empty(); }

  /// The slot is about to be written: moves out of `entity` what stands there, unless the layer has the slot already or the slot came later.
  void keep(std::uint32_t slot, EntityPtr& entity) {
    if (slot >= slots_) return;
    if (is_empty()) written_.resize((slots_ + 63) / 64);
    std::uint64_t& word = written_[slot / 64];
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    if ((word & bit) != 0) return;
    word |= bit;
    kept_.push_back({std::move(entity), slot});
  }

  /// What the slot held; null if it was not written since.
  [[nodiscard]] const EntityPtr* find(std::size_t slot) {
    if (slot / 64 >= written_.size() || (written_[slot / 64] >> (slot % 64) & 1) == 0) return nullptr;
    if (numbered_ < kept_.size()) number();
    return &kept_[nth_[slot]].entity;
  }

  /// Takes over what the next younger layer kept and this one did not: from now on it stands for both.
  void absorb(UndoLayer&& younger);

  /// 64 slots from 64 × `index` on: a bit each, the lowest first, set where something was written since.
  [[nodiscard]] std::uint64_t written(std::size_t index) const noexcept { return index < written_.size() ? written_[index] : 0; }

 private:
  struct Kept {
    EntityPtr entity;
    std::uint32_t slot;
  };
  void number();

  std::size_t slots_;
  std::vector<std::uint64_t> written_;  // none until something is kept
  std::deque<Kept> kept_;               // in the order they were written
  std::unique_ptr<std::uint32_t[]> nth_;  // by slot: which of the first `numbered_` kept is its; of other slots it means nothing
  std::size_t numbered_ = 0;
};

}  // namespace starling::state

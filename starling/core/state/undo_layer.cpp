#include "starling/core/state/undo_layer.hpp"

#include <utility>

namespace starling::state {

void UndoLayer::absorb(UndoLayer&& younger) {
  if (is_empty() && slots_ == younger.slots_) {
    *this = std::move(younger);
    return;
  }
  for (Kept& kept : younger.kept_) keep(kept.slot, kept.entity);
}

void UndoLayer::number() {
  if (!nth_) nth_ = std::make_unique_for_overwrite<std::uint32_t[]>(slots_);
  for (; numbered_ < kept_.size(); ++numbered_) nth_[kept_[numbered_].slot] = static_cast<std::uint32_t>(numbered_);
}

}  // namespace starling::state

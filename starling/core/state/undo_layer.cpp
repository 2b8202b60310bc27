#include "starling/core/state/undo_layer.hpp"

#include <bit>
#include <utility>

namespace starling::state {

void UndoLayer::keep(std::uint32_t slot, EntityPtr& entity) {
  if (slot >= slots_) return;
  if (pages_.empty()) pages_.resize(slots_ / kPageSlots);
  std::unique_ptr<KeptPage>& page = pages_[slot / kPageSlots];
  if (!page) page = std::make_unique<KeptPage>();
  const std::size_t place = slot % kPageSlots;
  if ((page->kept[place / 64] >> (place % 64) & 1) == 0) page->keep(place, entity);
}

void UndoLayer::KeptPage::keep(std::size_t place, EntityPtr& entity) {
  kept[place / 64] |= std::uint64_t{1} << (place % 64);
  nth[place] = static_cast<std::uint8_t>(entities.size());  // a slot is kept once: at most 255 stand before it
  entities.push_back(std::move(entity));
}

void UndoLayer::absorb(UndoLayer&& younger) {
  if (younger.is_empty()) return;
  if (is_empty()) pages_.resize(slots_ / kPageSlots);
  for (std::size_t i = 0; i < pages_.size(); ++i) {  // pages that came later are nothing to this one
    if (!younger.pages_[i]) continue;
    if (!pages_[i]) {
      pages_[i] = std::move(younger.pages_[i]);
      continue;
    }
    KeptPage& page = *pages_[i];
    KeptPage& from = *younger.pages_[i];
    for (std::size_t word = 0; word < page.kept.size(); ++word) {
      for (std::uint64_t lacked = from.kept[word] & ~page.kept[word]; lacked != 0; lacked &= lacked - 1) {
        const std::size_t place = word * 64 + static_cast<std::size_t>(std::countr_zero(lacked));
        page.keep(place, from.entities[from.nth[place]]);
      }
    }
  }
}

void UndoLayer::append_kept(std::size_t page_index, PageSlots& to) const noexcept {
  if (page_index >= pages_.size() || !pages_[page_index]) return;
  for (std::size_t word = 0; word < to.size(); ++word) to[word] |= pages_[page_index]->kept[word];
}

}  // namespace starling::state

#include "starling/core/state/space.hpp"

namespace starling::state {

EntityPtr Space::find(std::string_view key) const noexcept {
  const auto found = slot_of_.find(key);
  return found == slot_of_.end() ? nullptr : slots_->at(found->second);
}

std::uint32_t Space::put(EntityPtr entity) {
  if (const std::uint32_t slot = entity->slot; slot < slots_->size() && slots_->at(slot) && slots_->at(slot)->identity == entity->identity) {
    write(slot, std::move(entity));
    return slot;
  }
  const auto found = slot_of_.find(entity->key());
  if (found != slot_of_.end()) {
    const std::uint32_t slot = found->second;
    if (slots_->at(slot)->identity != entity->identity) {  // the map's key stands in the identity: it must outlive the entry
      slot_of_.erase(found);
      slot_of_.emplace(entity->key(), slot);
    }
    write(slot, std::move(entity));
    return slot;
  }
  if (free_.empty()) {
    const auto first = static_cast<std::uint32_t>(slots_->size());
    slots_->add_page();
    for (std::uint32_t i = kPageSlots; i-- > 0;) free_.push_back(first + i);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slot_of_.emplace(entity->key(), slot);
  write(slot, std::move(entity));
  return slot;
}

void Space::erase(std::string_view key) {
  const auto found = slot_of_.find(key);
  STARLING_CHECK(found != slot_of_.end(), key);
  const std::uint32_t slot = found->second;
  slot_of_.erase(found);
  write(slot, nullptr);
  free_.push_back(slot);
}

void Space::write(std::uint32_t slot, EntityPtr entity) {
  if (places_) places_->write(slot, slots_->at(slot).get(), entity.get());
  slots_->write(slot, std::move(entity));
}

}  // namespace starling::state

#include "starling/core/state/space.hpp"

#include "starling/core/base/check.hpp"

namespace starling::state {

EntityPtr Space::find(std::string_view key) const noexcept {
  const auto found = slot_of_.find(key);
  if (found == slot_of_.end()) return nullptr;
  return (*pages_[found->second / kPageSlots])[found->second % kPageSlots];
}

void Space::put(EntityPtr entity) {
  const auto found = slot_of_.find(entity->key());
  if (found != slot_of_.end()) {
    const std::uint32_t slot = found->second;
    EntityPtr& held = writable(slot);
    if (held->identity != entity->identity) {  // the map's key stands in the identity: it must outlive the entry
      slot_of_.erase(found);
      slot_of_.emplace(entity->key(), slot);
    }
    held = std::move(entity);
    return;
  }
  if (free_.empty()) {
    const auto first = static_cast<std::uint32_t>(pages_.size() * kPageSlots);
    pages_.push_back(std::make_shared<Page>());
    for (std::uint32_t i = kPageSlots; i-- > 0;) free_.push_back(first + i);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  slot_of_.emplace(entity->key(), slot);
  writable(slot) = std::move(entity);
}

void Space::erase(std::string_view key) {
  const auto found = slot_of_.find(key);
  STARLING_CHECK(found != slot_of_.end(), key);
  const std::uint32_t slot = found->second;
  slot_of_.erase(found);
  writable(slot) = nullptr;
  free_.push_back(slot);
}

EntityPtr& Space::writable(std::uint32_t slot) {
  std::shared_ptr<Page>& page = pages_[slot / kPageSlots];
  if (page.use_count() > 1) page = std::make_shared<Page>(*page);  // a cut holds it
  return (*page)[slot % kPageSlots];
}

}  // namespace starling::state

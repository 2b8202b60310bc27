#include "starling/core/state/place_index.hpp"

namespace starling::state {

void PlaceIndex::write(std::uint32_t slot, const Entity* before, const Entity* after) {
  const bool stood = before != nullptr && before->place, stands = after != nullptr && after->place;
  if (stood && stands) {
    if (before->place->point != after->place->point) located_.move(slot, before->place->point, after->place->point);
    return;
  }
  const bool was_unlocated = before != nullptr && !stood, is_unlocated = after != nullptr && !stands;
  if (was_unlocated && is_unlocated) return;
  if (stood) located_.erase(before->place->point, slot);
  if (was_unlocated) unlocated_.erase(slot);
  if (stands) located_.insert(after->place->point, slot);
  if (is_unlocated) unlocated_.insert(slot);
}

}  // namespace starling::state

/// @file
/// Entities for tests of this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "starling/core/state/entity.hpp"

namespace starling::state {

/// Of an identity of its own, there or nowhere.
inline EntityPtr entity_at(std::string key, std::optional<geo::Point> point) {
  Entity made;
  const std::size_t hash = Identity::hash_of(0, key);
  made.identity = std::make_shared<const Identity>(Identity{0, std::move(key), hash});
  if (point) made.place = Place{*point, nullptr};
  return std::make_shared<const Entity>(std::move(made));
}

/// Of an identity of its own, at that latitude.
inline EntityPtr entity(std::string key, double latitude_deg = 0) { return entity_at(std::move(key), geo::Point{latitude_deg, 0}); }

}  // namespace starling::state

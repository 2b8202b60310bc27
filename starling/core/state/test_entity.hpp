/// @file
/// Entities for tests of this folder.
#pragma once

#include <memory>
#include <string>

#include "starling/core/state/entity.hpp"

namespace starling::state {

/// Of an identity of its own, at that latitude.
inline EntityPtr entity(std::string key, double latitude_deg = 0) {
  Entity made;
  const std::size_t hash = Identity::hash_of(0, key);
  made.identity = std::make_shared<const Identity>(Identity{0, std::move(key), hash});
  made.place = Place{{latitude_deg, 0}, nullptr};
  return std::make_shared<const Entity>(std::move(made));
}

}  // namespace starling::state

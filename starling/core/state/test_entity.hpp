/// @file
/// Entities for tests of this folder.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "starling/core/state/entity.hpp"

namespace starling::state {

/// Of an identity of its own, there or nowhere.
inline EntityPtr entity_at(std::string_view key, std::optional<geo::Point> point) {
  Entity made;
  made.identity = Identity::of(0, key);
  if (point) made.place = Place{*point, nullptr};
  return std::make_shared<const Entity>(std::move(made));
}

/// Of an identity of its own, at that latitude.
inline EntityPtr entity(std::string_view key, double latitude_deg = 0) { return entity_at(key, geo::Point{latitude_deg, 0}); }

}  // namespace starling::state

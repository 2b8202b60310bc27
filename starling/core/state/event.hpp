/// @file
/// Something that was said once (chat, an alert, a detection): never merged, told to those who look at its place or key.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "starling/core/state/entity.hpp"

namespace starling::state {

/// `(seq, n)` names it within an epoch. Stamped when applied: filters test the stamp, whatever happens later.
struct Event {
  const Channel* channel;
  std::optional<std::string> key;
  Seq seq;
  std::uint32_t n;  ///< from 0 within its batch
  Timestamp time;
  std::optional<geo::Point> location;  ///< as published
  std::string data;                    ///< compact JSON object
  EntityPtr entity;                    ///< the entity its key named then, if any

  /// Its own location, else that of its entity.
  [[nodiscard]] std::optional<geo::Point> place() const noexcept {
    if (location) return location;
    if (entity && entity->place) return entity->place->point;
    return std::nullopt;
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Event) + 16 + data.capacity() + (key ? key->capacity() : 0); }
};
using EventPtr = std::shared_ptr<const Event>;

}  // namespace starling::state

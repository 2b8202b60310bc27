/// @file
/// Entities in the order in which they were first named, and which of them one is.
///
/// A fold asks this for every change and forgets it at every beat, so it is a flat table: no memory for each entity, and a search reads no identity
/// but the one it finds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "starling/core/state/entity.hpp"

namespace starling::log {

/// Whichever of an entity's versions says who it is.
class IdentityIndex {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return identities_.size(); }
  [[nodiscard]] const state::IdentityPtr& operator[](std::size_t number) const noexcept { return identities_[number]; }

  [[nodiscard]] std::optional<std::size_t> find(const state::Identity& identity) const noexcept {
    if (places_.empty()) return std::nullopt;
    const Place& place = places_[place_of(identity)];
    return place.next == 0 ? std::nullopt : std::optional<std::size_t>{place.next - 1};
  }

  /// Its number, and whether it is a new one: then it is the next.
  std::pair<std::size_t, bool> add(const state::IdentityPtr& identity) {
    if (2 * (size() + 1) > places_.size()) grow();
    Place& place = places_[place_of(*identity)];
    if (place.next != 0) return {place.next - 1, false};
    identities_.push_back(identity);
    place = {static_cast<std::uint32_t>(identity->hash), static_cast<std::uint32_t>(size())};
    return {size() - 1, true};
  }

  /// Keeps the memory for as many again, but not for many times as many.
  void clear() {
    if (places_.size() > kPlacesMin && places_.size() > 16 * size()) {
      places_ = {};
    } else {
      std::fill(places_.begin(), places_.end(), Place{});
    }
    identities_.clear();
  }

 private:
  struct Place {
    std::uint32_t hash = 0;  ///< the lower half
    std::uint32_t next = 0;  ///< the number after its own; 0: nobody is here
  };
  static constexpr std::size_t kPlacesMin = 64;

  /// Where it is, or would be.
  [[nodiscard]] std::size_t place_of(const state::Identity& identity) const noexcept {
    const auto hash = static_cast<std::uint32_t>(identity.hash);
    const std::size_t mask = places_.size() - 1;
    for (std::size_t i = hash & mask;; i = (i + 1) & mask) {
      const Place& place = places_[i];
      if (place.next == 0 || (place.hash == hash && identities_[place.next - 1]->equals(identity))) return i;
    }
  }

  void grow() {
    std::vector<Place> places(std::max(kPlacesMin, 2 * places_.size()));
    const std::size_t mask = places.size() - 1;
    for (const Place& place : places_) {
      if (place.next == 0) continue;
      std::size_t i = place.hash & mask;
      while (places[i].next != 0) i = (i + 1) & mask;
      places[i] = place;
    }
    places_ = std::move(places);
  }

  std::vector<state::IdentityPtr> identities_;
  std::vector<Place> places_;  // none, or a power of two of them, at most half of which are taken
};

}  // namespace starling::log

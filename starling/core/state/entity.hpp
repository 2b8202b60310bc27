/// @file
/// One thing of the fleet as it is now: its key, its place, and a facet for each channel that speaks of it.
///
/// Entities never change: a new report makes a new entity that shares every facet it did not touch. So a change is two
/// pointers, a snapshot is a copy of pointers, and both may be read by any thread at any time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/geo/point.hpp"
#include "starling/core/state/channel.hpp"
#include "starling/core/state/fields.hpp"

namespace starling::state {

/// The number of a batch: 1, 2, 3 … within one epoch. 0 is the empty state before the first.
using Seq = std::uint64_t;

/// Which entity: made once and shared by all its versions.
struct Identity {
  std::uint32_t space_index;
  std::string key;
  std::size_t hash;

  [[nodiscard]] static std::shared_ptr<const Identity> of(std::uint32_t space_index, std::string_view key) {
    return std::make_shared<const Identity>(Identity{space_index, std::string{key}, hash_of(space_index, key)});
  }
  [[nodiscard]] static std::size_t hash_of(std::uint32_t space_index, std::string_view key) noexcept {
    return std::hash<std::string_view>{}(key) * 31 + space_index;
  }
  [[nodiscard]] static std::size_t bytes_of(std::string_view key) noexcept { return sizeof(Identity) + 16 + key.size(); }
  [[nodiscard]] bool equals(const Identity& other) const noexcept {
    return this == &other || (hash == other.hash && space_index == other.space_index && key == other.key);
  }
};
using IdentityPtr = std::shared_ptr<const Identity>;

/// What one channel says of an entity.
struct Facet {
  const Channel* channel;
  Fields fields;
  Seq seq;         ///< the batch that made it
  Timestamp time;  ///< of its report

  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Facet) + 16 + fields.bytes(); }
};
using FacetPtr = std::shared_ptr<const Facet>;

/// Where an entity is, and whose facet said so: it goes when that facet goes.
struct Place {
  geo::Point point;
  const Channel* owner;
  bool operator==(const Place&) const = default;
};

/// Of an entity that no space holds yet.
inline constexpr std::uint32_t kNoSlot = 0xFFFF'FFFF;

/// Exists while it has a facet.
struct Entity {
  IdentityPtr identity;
  std::optional<Place> place;
  std::vector<FacetPtr> facets;  ///< by channel index, ascending
  /// Where the hub's space holds it, and so every space that is told all that the hub's was. Found there, nobody looks for its key; not found, it is
  /// looked for.
  std::uint32_t slot = kNoSlot;

  [[nodiscard]] const std::string& key() const noexcept { return identity->key; }
  [[nodiscard]] const Facet* find(const Channel& channel) const noexcept {
    for (const FacetPtr& facet : facets) {
      if (facet->channel == &channel) return facet.get();
    }
    return nullptr;
  }
  /// Puts the facet in the place of that of its channel, or adds it.
  void put(FacetPtr facet) {
    const auto at = std::ranges::lower_bound(facets, facet->channel->index, {}, [](const FacetPtr& each) { return each->channel->index; });
    if (at != facets.end() && (*at)->channel == facet->channel) {
      *at = std::move(facet);
    } else {
      facets.insert(at, std::move(facet));
    }
  }
  /// Without its identity and its facets.
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Entity) + 16 + facets.size() * sizeof(FacetPtr); }
};
using EntityPtr = std::shared_ptr<const Entity>;

}  // namespace starling::state

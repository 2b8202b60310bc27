/// @file
/// The latest state of everything: every space.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/state/change.hpp"
#include "starling/core/state/space.hpp"

namespace starling::state {

/// The hub has one that runs ahead within its open batch; each shard has one that follows the closed batches. They share the entities.
class State {
 public:
  explicit State(Places places = Places::none) : places_(places) {}

  [[nodiscard]] EntityPtr find(std::uint32_t space_index, std::string_view key) const noexcept {
    return space_index < spaces_.size() ? spaces_[space_index].find(key) : nullptr;
  }
  /// What its space holds there: null in an empty slot, and for kNoSlot.
  [[nodiscard]] EntityPtr find_at(std::uint32_t space_index, std::uint32_t slot) const noexcept {
    return slot == kNoSlot ? nullptr : spaces_[space_index].at(slot);
  }
  /// The slot that the entity is in, or kNoSlot where it went.
  std::uint32_t apply(const Change& change) {
    Space& space = at(change.identity().space_index);
    if (change.after) return space.put(change.after);
    space.erase(change.identity().key);
    return kNoSlot;
  }
  [[nodiscard]] std::size_t keys(std::uint32_t space_index) const noexcept {
    return space_index < spaces_.size() ? spaces_[space_index].size() : 0;
  }
  /// A space that is only declared has no slots yet.
  [[nodiscard]] Cut cut(std::uint32_t space_index, Seq seq) const {
    return space_index < spaces_.size() ? spaces_[space_index].cut(seq) : Cut{seq};
  }
  [[nodiscard]] const std::vector<Space>& spaces() const noexcept { return spaces_; }
  /// The keys of which the channel says something, in slot order. Goes through all of its space.
  [[nodiscard]] std::vector<std::string> keys_of(const Channel& channel) const {
    std::vector<std::string> keys;
    if (channel.space_index >= spaces_.size()) return keys;
    spaces_[channel.space_index].for_each([&](const EntityPtr& entity) {
      if (entity->find(channel)) keys.push_back(entity->key());
    });
    return keys;
  }

 private:
  Space& at(std::uint32_t space_index) {
    while (space_index >= spaces_.size()) spaces_.emplace_back(places_);
    return spaces_[space_index];
  }

  Places places_;
  std::vector<Space> spaces_;
};

}  // namespace starling::state

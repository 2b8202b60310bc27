/// @file
/// The entities that share keys: which slot holds which, and cuts of them.
///
/// An entity keeps its slot as long as it lives; slots that were left are used again.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "starling/core/state/cut.hpp"

namespace starling::state {

/// May be moved; its cuts stay with what they are of.
class Space {
 public:
  [[nodiscard]] EntityPtr find(std::string_view key) const noexcept;
  /// Puts the entity in the place of the one with its key, or adds it.
  void put(EntityPtr entity);
  void erase(std::string_view key);
  [[nodiscard]] std::size_t size() const noexcept { return slot_of_.size(); }

  /// Logically const: what the space holds stays the same, it only begins to remember.
  [[nodiscard]] Cut cut(Seq seq) const { return Cut{seq, slots_}; }
  /// How many are alive.
  [[nodiscard]] std::size_t cuts() const noexcept { return slots_->cuts(); }

  /// Every entity there is, in slot order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    slots_->for_each(visit);
  }

 private:
  std::shared_ptr<Slots> slots_ = std::make_shared<Slots>();  // shared with its cuts
  std::unordered_map<std::string_view, std::uint32_t> slot_of_;  // the keys stand in the identities of the entities
  std::vector<std::uint32_t> free_;
};

}  // namespace starling::state

/// @file
/// The entities that share keys, in slots, and cuts of them.
///
/// Slots stand in pages; a cut copies the table of pages, and the first write to a page after a cut copies that page. So
/// taking a cut costs a pointer for 256 entities, and holding one costs what has changed since.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "starling/core/state/entity.hpp"

namespace starling::state {

inline constexpr std::size_t kPageSlots = 256;
using Page = std::array<EntityPtr, kPageSlots>;

/// A space as it was at one seq. Empty slots are null.
class Cut {
 public:
  Cut(Seq seq, std::vector<std::shared_ptr<const Page>> pages) noexcept : seq_(seq), pages_(std::move(pages)) {}
  [[nodiscard]] Seq seq() const noexcept { return seq_; }
  [[nodiscard]] std::size_t slots() const noexcept { return pages_.size() * kPageSlots; }
  [[nodiscard]] const EntityPtr& at(std::size_t slot) const noexcept { return (*pages_[slot / kPageSlots])[slot % kPageSlots]; }

 private:
  Seq seq_;
  std::vector<std::shared_ptr<const Page>> pages_;
};

class Space {
 public:
  [[nodiscard]] EntityPtr find(std::string_view key) const noexcept;
  /// Puts the entity in the place of the one with its key, or adds it.
  void put(EntityPtr entity);
  void erase(std::string_view key);
  [[nodiscard]] std::size_t size() const noexcept { return slot_of_.size(); }
  [[nodiscard]] Cut cut(Seq seq) const { return Cut{seq, {pages_.begin(), pages_.end()}}; }
  /// Every entity there is, in slot order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& page : pages_) {
      for (const EntityPtr& entity : *page) {
        if (entity) visit(entity);
      }
    }
  }

 private:
  [[nodiscard]] EntityPtr& writable(std::uint32_t slot);

  std::vector<std::shared_ptr<Page>> pages_;
  std::unordered_map<std::string_view, std::uint32_t> slot_of_;  // the keys stand in the identities of the entities
  std::vector<std::uint32_t> free_;
};

}  // namespace starling::state

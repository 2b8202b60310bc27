/// @file
/// The entities that share keys: which slot holds which, where they stand, and cuts of them.
///
/// An entity keeps its slot as long as it lives; slots that were left are used again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

#include "starling/core/base/check.hpp"
#include "starling/core/state/cut.hpp"
#include "starling/core/state/place_index.hpp"

namespace starling::state {

/// May be moved; its cuts stay with what they are of.
class Space {
 public:
  explicit Space(Places places = Places::none) {
    if (places == Places::indexed) places_.emplace();
  }
  Space(Space&&) noexcept = default;
  Space& operator=(Space&&) noexcept = default;
  Space(const Space&) = delete;  // it would write to the same slots
  Space& operator=(const Space&) = delete;

  [[nodiscard]] EntityPtr find(std::string_view key) const noexcept;
  /// Null if the slot is empty.
  [[nodiscard]] const EntityPtr& at(std::uint32_t slot) const noexcept { return slots_->at(slot); }
  /// Puts the entity in the place of the one with its key, or adds it. Its slot.
  std::uint32_t put(EntityPtr entity);
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

  // Only with Places::indexed, as of now, in no order. `visit` must not change the space.

  /// Calls `visit(const EntityPtr&)` for each that stands in the box.
  template <class Visit>
  void for_each_in(const geo::Box& box, Visit&& visit) const {
    places().located().for_each_in(box, [&](std::uint32_t slot) { visit(slots_->at(slot)); });
  }
  /// Calls `visit(const EntityPtr&, bool is_in_a, bool is_in_b)` for each that stands in exactly one of the boxes. Costs what differs, not what
  /// both hold.
  template <class Visit>
  void for_each_in_one_of(const geo::Box& a, const geo::Box& b, Visit&& visit) const {
    places().located().for_each_in_one_of(
        a, b, [&](std::uint32_t slot, bool is_in_a, bool is_in_b) { visit(slots_->at(slot), is_in_a, is_in_b); });
  }
  /// How many stand in the box, but no more than `at_most`: it stops there.
  [[nodiscard]] std::size_t count_in(const geo::Box& box, std::size_t at_most) const { return places().located().count_in(box, at_most); }
  /// Calls `visit(const EntityPtr&)` for each that stands nowhere.
  template <class Visit>
  void for_each_unlocated(Visit&& visit) const {
    for (const std::uint32_t slot : places().unlocated()) visit(slots_->at(slot));
  }

 private:
  void write(std::uint32_t slot, EntityPtr entity);
  [[nodiscard]] const PlaceIndex& places() const {
    STARLING_CHECK(places_.has_value());
    return *places_;
  }

  std::shared_ptr<Slots> slots_ = std::make_shared<Slots>();  // shared with its cuts
  std::unordered_map<std::string_view, std::uint32_t> slot_of_;  // the keys stand in the identities of the entities
  std::vector<std::uint32_t> free_;
  std::optional<PlaceIndex> places_;
};
static_assert(std::is_nothrow_move_constructible_v<Space>);  // a state has a vector of them

}  // namespace starling::state

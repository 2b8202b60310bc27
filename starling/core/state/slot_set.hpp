/// @file
/// A set of slots: cheap to change, and to walk in no order.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "starling/core/base/check.hpp"

namespace starling::state {

class SlotSet {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] auto begin() const noexcept { return slots_.begin(); }
  [[nodiscard]] auto end() const noexcept { return slots_.end(); }

  /// The slot is not in it.
  void insert(std::uint32_t slot) {
    if (slot >= nth_.size()) nth_.resize(slot + std::size_t{1}, kAbsent);
    STARLING_CHECK(nth_[slot] == kAbsent, slot);
    nth_[slot] = static_cast<std::uint32_t>(slots_.size());
    slots_.push_back(slot);
  }
  /// The slot is in it.
  void erase(std::uint32_t slot) {
    STARLING_CHECK(slot < nth_.size() && nth_[slot] != kAbsent, slot);
    const std::uint32_t last = slots_.back();
    slots_[nth_[slot]] = last;
    nth_[last] = nth_[slot];
    nth_[slot] = kAbsent;
    slots_.pop_back();
  }

 private:
  static constexpr std::uint32_t kAbsent = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> slots_;
  std::vector<std::uint32_t> nth_;  // by slot: which of slots_ it is
};

}  // namespace starling::state

/// @file
/// A set that is mostly walked through: its members side by side, in no order to rely on; leaving costs the same however many there are.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "starling/core/base/check.hpp"

namespace starling {

/// For members that are cheap to copy, hash and compare. Most sets have a member or two, so only larger ones keep where each stands.
template <class T>
class DenseSet {
 public:
  /// `member` is not in it.
  void insert(T member) {
    if (!positions_ && members_.size() == kScannedMax) {
      positions_ = std::make_unique<Positions>();
      for (std::uint32_t i = 0; i < members_.size(); ++i) positions_->emplace(members_[i], i);
    }
    if (positions_) {
      STARLING_CHECK(positions_->emplace(member, static_cast<std::uint32_t>(members_.size())).second);
    } else {
      STARLING_CHECK(std::ranges::find(members_, member) == members_.end());
    }
    members_.push_back(member);
  }

  /// `member` is in it. The last one takes its place.
  void erase(const T& member) {
    const std::size_t hole = take_position(member);
    if (positions_ && hole + 1 < members_.size()) positions_->find(members_.back())->second = static_cast<std::uint32_t>(hole);
    members_[hole] = members_.back();
    members_.pop_back();
    if (members_.size() <= kScannedMax / 2) positions_.reset();
  }

  [[nodiscard]] bool empty() const noexcept { return members_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  [[nodiscard]] auto begin() const noexcept { return members_.begin(); }
  [[nodiscard]] auto end() const noexcept { return members_.end(); }

 private:
  static constexpr std::size_t kScannedMax = 16;
  using Positions = std::unordered_map<T, std::uint32_t>;

  [[nodiscard]] std::size_t take_position(const T& member) {
    if (!positions_) {
      const auto found = std::ranges::find(members_, member);
      STARLING_CHECK(found != members_.end());
      return static_cast<std::size_t>(found - members_.begin());
    }
    const auto found = positions_->find(member);
    STARLING_CHECK(found != positions_->end());
    const std::size_t position = found->second;
    positions_->erase(found);
    return position;
  }

  std::vector<T> members_;
  std::unique_ptr<Positions> positions_;  // from kScannedMax members on
};

}  // namespace starling

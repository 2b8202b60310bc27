/// @file
/// A session's subscriptions, by id: few, and in most sessions one, so they are a short list in order rather than a tree.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "starling/core/fanout/subscription.hpp"

namespace starling::session {

class Subscriptions {
 public:
  using List = std::vector<std::unique_ptr<fanout::Subscription>>;  ///< ids ascend

  [[nodiscard]] std::size_t size() const noexcept { return list_.size(); }
  [[nodiscard]] List::const_iterator begin() const noexcept { return list_.begin(); }
  [[nodiscard]] List::const_iterator end() const noexcept { return list_.end(); }
  /// The first with a larger id.
  [[nodiscard]] List::const_iterator after(std::uint32_t id) const noexcept {
    return std::upper_bound(list_.begin(), list_.end(), id, [](std::uint32_t wanted, const auto& each) { return wanted < each->id; });
  }
  /// Null if there is none.
  [[nodiscard]] fanout::Subscription* find(std::uint32_t id) const noexcept {
    const auto next = after(id);
    return next != list_.begin() && (*(next - 1))->id == id ? (next - 1)->get() : nullptr;
  }

  /// Its id is another than those there are.
  fanout::Subscription& add(std::unique_ptr<fanout::Subscription> subscription) { return **list_.insert(after(subscription->id), std::move(subscription)); }
  void erase(std::uint32_t id) {
    std::erase_if(list_, [id](const auto& each) { return each->id == id; });
  }
  void clear() noexcept { list_.clear(); }

 private:
  List list_;
};

}  // namespace starling::session

/// @file
/// What is due next: a binary heap of timers that know their place in it, so setting one and taking one out cost the logarithm of how many there are, and
/// nothing is allocated for either but the list's own growth.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "starling/core/base/time.hpp"

namespace starling::net {

class TimerHeap {
 public:
  /// A place in the heap, or outside it. Its owner takes it out before it goes.
  struct Entry {
    Instant due{};
    std::size_t place = kOutside;
  };

  [[nodiscard]] bool contains(const Entry& entry) const noexcept { return entry.place != kOutside; }
  [[nodiscard]] std::optional<Instant> next_due() const noexcept { return entries_.empty() ? std::nullopt : std::optional{entries_.front()->due}; }
  /// The one that is due first, if it is due by now; out of the heap.
  [[nodiscard]] Entry* take_due(Instant now) {
    if (entries_.empty() || entries_.front()->due > now) return nullptr;
    Entry* first = entries_.front();
    remove(*first);
    return first;
  }

  /// Puts it in, or where it belongs with another time.
  void set(Entry& entry, Instant due) {
    entry.due = due;
    if (!contains(entry)) {
      entry.place = entries_.size();
      entries_.push_back(&entry);
    }
    settle(entry);
  }
  /// One that is outside stays there.
  void remove(Entry& entry) {
    if (!contains(entry)) return;
    Entry& last = *entries_.back();
    entries_.pop_back();
    if (&last != &entry) {
      put(entry.place, last);
      settle(last);
    }
    entry.place = kOutside;
  }

 private:
  static constexpr std::size_t kOutside = std::numeric_limits<std::size_t>::max();

  void put(std::size_t place, Entry& entry) noexcept {
    entries_[place] = &entry;
    entry.place = place;
  }
  void swap(Entry& above, Entry& below) noexcept {
    const std::size_t place = above.place;
    put(below.place, above);
    put(place, below);
  }
  /// Up while what is above it is due later, else down while something below is due earlier.
  void settle(Entry& entry) noexcept {
    while (entry.place > 0) {
      Entry& above = *entries_[(entry.place - 1) / 2];
      if (above.due <= entry.due) break;
      swap(above, entry);
    }
    while (true) {
      std::size_t below = 2 * entry.place + 1;
      if (below >= entries_.size()) return;
      if (below + 1 < entries_.size() && entries_[below + 1]->due < entries_[below]->due) ++below;
      if (entry.due <= entries_[below]->due) return;
      swap(entry, *entries_[below]);
    }
  }

  std::vector<Entry*> entries_;
};

}  // namespace starling::net

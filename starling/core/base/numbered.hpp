/// @file
/// Things with one owner that others know by number: a number is never another thing's, so who comes with an old one finds nothing.
///
/// A number is a place in a list and how often that place has been given: finding is looking there. A place costs 16 bytes, in blocks that never
/// move; a hash table's entry costs three times as much, and moves millions when it grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace starling {

template <class Thing>
class Numbered {
 public:
  /// `make(number)` returns the owner of the thing that is to have the number; it adds and takes nothing.
  template <class Make>
  Thing& add(Make&& make) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(places_.size()));
      places_.emplace_back();
    }
    const std::uint32_t index = free_.back();
    Place& place = places_[index];
    place.thing = make(std::uint64_t{++place.given} << 32 | index);
    free_.pop_back();
    ++size_;
    return *place.thing;
  }
  /// Null if it has gone.
  [[nodiscard]] Thing* find(std::uint64_t number) const noexcept {
    const Place* place = place_of(number);
    return place != nullptr ? place->thing.get() : nullptr;
  }
  /// Null if it has gone already.
  std::unique_ptr<Thing> take(std::uint64_t number) {
    auto* place = const_cast<Place*>(place_of(number));
    if (place == nullptr || !place->thing) return nullptr;
    free_.push_back(static_cast<std::uint32_t>(number));
    --size_;
    return std::move(place->thing);
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Those that are there throughout are visited once; one that comes or goes meanwhile may be.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < places_.size(); ++i) {
      if (places_[i].thing) visit(*places_[i].thing);
    }
  }

 private:
  struct Place {
    std::unique_ptr<Thing> thing;
    std::uint32_t given = 0;  // times; a place that is given once a microsecond is given the same number again after an hour
  };

  [[nodiscard]] const Place* place_of(std::uint64_t number) const noexcept {
    const auto index = static_cast<std::uint32_t>(number);
    return index < places_.size() && places_[index].given == number >> 32 ? &places_[index] : nullptr;
  }

  std::deque<Place> places_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace starling

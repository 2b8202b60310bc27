/// @file
/// Change → audiences: who might have to be told of it, asked with the place before and the place after.
///
/// It may name somebody who turns out to see nothing of the change, never the other way round: what is told is decided by the view alone.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "starling/core/state/change.hpp"
#include "starling/core/view/view.hpp"

namespace starling::view {

/// `Handle` names an audience; cheap to copy and compare.
template <class Handle>
class Index {
 public:
  void insert(Handle handle, const View& view) {
    const Filter& filter = view.query().filter;
    if (filter.keys) {
      for (const std::string& key : *filter.keys) by_key_[key].push_back(handle);
    } else if (filter.bounds && !filter.unlocated) {
      by_box_.push_back({*filter.bounds, handle});
    } else {
      everywhere_.push_back(handle);
    }
  }

  void erase(Handle handle, const View& view) {
    const Filter& filter = view.query().filter;
    if (filter.keys) {
      for (const std::string& key : *filter.keys) {
        const auto entry = by_key_.find(key);
        std::erase(entry->second, handle);
        if (entry->second.empty()) by_key_.erase(entry);
      }
    } else if (filter.bounds && !filter.unlocated) {
      std::erase_if(by_box_, [&](const Boxed& boxed) { return boxed.handle == handle; });
    } else {
      std::erase(everywhere_, handle);
    }
  }

  /// Visits each audience at most once.
  template <class Visit>
  void for_each_touched(const state::Change& change, Visit&& visit) const {
    const auto place_of = [](const state::EntityPtr& entity) {
      return entity && entity->place ? std::optional{entity->place->point} : std::nullopt;
    };
    touch(change.identity().key, place_of(change.before), place_of(change.after), visit);
  }
  template <class Visit>
  void for_each_touched(const state::Event& event, Visit&& visit) const {
    touch(event.key ? std::string_view{*event.key} : std::string_view{}, std::nullopt, event.place(), visit);
  }

 private:
  struct Boxed {
    geo::Box box;
    Handle handle;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  template <class Visit>
  void touch(std::string_view key, const std::optional<geo::Point>& before, const std::optional<geo::Point>& after, Visit& visit) const {
    for (const Handle& handle : everywhere_) visit(handle);
    if (!by_key_.empty()) {
      if (const auto entry = by_key_.find(key); entry != by_key_.end()) {
        for (const Handle& handle : entry->second) visit(handle);
      }
    }
    if (!before && !after) return;
    for (const Boxed& boxed : by_box_) {
      if ((after && boxed.box.contains(*after)) || (before && boxed.box.contains(*before))) visit(boxed.handle);
    }
  }

  std::vector<Handle> everywhere_;
  std::unordered_map<std::string, std::vector<Handle>, Hash, std::equal_to<>> by_key_;
  std::vector<Boxed> by_box_;
};

}  // namespace starling::view

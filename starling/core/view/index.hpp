/// @file
/// Change → audiences: who might have to be told of it, asked with the place before and the place after.
///
/// It may name somebody who turns out to see nothing of the change, never the other way round: what is told is decided by the view alone.
/// Each audience stands under the part of its view that lets the least through: its keys, else its box, else its channels where it names them, else
/// everywhere. So a change costs those it concerns, and next to nothing for those who look elsewhere.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "starling/core/base/dense_set.hpp"
#include "starling/core/geo/box_index.hpp"
#include "starling/core/state/change.hpp"
#include "starling/core/view/view.hpp"

namespace starling::view {

/// `Handle` names an audience: an address or a whole number.
template <class Handle>
class Index {
  static_assert(std::is_pointer_v<Handle> || std::is_integral_v<Handle>);
  static_assert(sizeof(Handle) <= sizeof(geo::BoxIndex::Handle));

 public:
  /// `handle` is not in the index.
  void insert(Handle handle, const View& view) {
    const Filter& filter = view.reach();
    if (filter.keys) {
      for (const std::string& key : *filter.keys) by_key_[key].insert(handle);
    } else if (!filter.bounds) {
      insert_by_channel(handle, view);
    } else if (!filter.unlocated) {
      by_box_.insert(*filter.bounds, to_number(handle));
    } else {
      by_box_or_nowhere_.insert(*filter.bounds, to_number(handle));
      nowhere_.insert(handle);
    }
  }

  /// `handle` was inserted with this view, or an equal one.
  void erase(Handle handle, const View& view) {
    const Filter& filter = view.reach();
    if (filter.keys) {
      for (const std::string& key : *filter.keys) {
        const auto entry = by_key_.find(key);
        entry->second.erase(handle);
        if (entry->second.empty()) by_key_.erase(entry);
      }
    } else if (!filter.bounds) {
      erase_by_channel(handle, view);
    } else if (!filter.unlocated) {
      by_box_.erase(*filter.bounds, to_number(handle));
    } else {
      by_box_or_nowhere_.erase(*filter.bounds, to_number(handle));
      nowhere_.erase(handle);
    }
  }

  /// Nobody can be touched.
  [[nodiscard]] bool empty() const noexcept {
    return everywhere_.empty() && by_channel_.empty() && by_key_.empty() && by_box_.empty() && by_box_or_nowhere_.empty();
  }

  /// Visits each audience at most once. `visit` must not change the index.
  template <class Visit>
  void for_each_touched(const state::Change& change, Visit&& visit) const {
    touch_by_channel(change, visit);
    touch(change.identity().key, side_of(change.before), side_of(change.after), visit);
  }
  /// The same without those who look at a box: of a change from place to place, where they are found by their boxes.
  template <class Visit>
  void for_each_touched_by_key(const state::Change& change, Visit&& visit) const {
    touch_by_channel(change, visit);
    touch_by_key(change.identity().key, visit);
  }
  /// Whether nobody stands here but those who look at a box.
  [[nodiscard]] bool has_only_boxes() const noexcept { return everywhere_.empty() && by_channel_.empty() && by_key_.empty(); }
  template <class Visit>
  void for_each_touched(const state::Event& event, Visit&& visit) const {
    const std::optional<geo::Point> place = event.place();
    if (const Set* set = set_of(*event.channel)) {
      for (const Handle& handle : *set) visit(handle);
    }
    touch(event.key ? std::string_view{*event.key} : std::string_view{}, Side{}, Side{place ? &*place : nullptr, !place}, visit);
  }

 private:
  /// One side of a change: something at a place, something without, or nothing.
  struct Side {
    const geo::Point* place = nullptr;
    bool is_unlocated = false;
  };
  static Side side_of(const state::EntityPtr& entity) noexcept {
    if (!entity) return {};
    return {entity->place ? &entity->place->point : nullptr, !entity->place};
  }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  static geo::BoxIndex::Handle to_number(Handle handle) noexcept {
    if constexpr (std::is_pointer_v<Handle>) {
      return reinterpret_cast<geo::BoxIndex::Handle>(handle);
    } else {
      return static_cast<geo::BoxIndex::Handle>(handle);
    }
  }
  static Handle to_handle(geo::BoxIndex::Handle number) noexcept {
    if constexpr (std::is_pointer_v<Handle>) {
      return reinterpret_cast<Handle>(number);
    } else {
      return static_cast<Handle>(number);
    }
  }

  using Set = DenseSet<Handle>;

  /// Whether it stands under the channels it names: then it may be touched by them alone.
  [[nodiscard]] static bool is_by_channel(const View& view) noexcept {
    return view.is_channels_alone() && std::none_of(view.query().channels.begin(), view.query().channels.end(), is_wildcard);
  }
  /// Calls `visit(name)` for each channel that the view names, once.
  template <class Visit>
  static void for_each_name(const View& view, Visit&& visit) {
    const std::vector<std::string>& names = view.query().channels;
    for (auto name = names.begin(); name != names.end(); ++name) {
      if (std::find(names.begin(), name, *name) == name) visit(*name);
    }
  }
  void insert_by_channel(Handle handle, const View& view) {
    if (!is_by_channel(view)) {
      everywhere_.insert(handle);
    } else {
      for_each_name(view, [&](const std::string& name) { by_channel_[name].insert(handle); });
    }
  }
  void erase_by_channel(Handle handle, const View& view) {
    if (!is_by_channel(view)) {
      everywhere_.erase(handle);
      return;
    }
    for_each_name(view, [&](const std::string& name) {
      const auto entry = by_channel_.find(name);
      entry->second.erase(handle);
      if (entry->second.empty()) by_channel_.erase(entry);
    });
  }

  /// Null if nobody stands under the channel.
  [[nodiscard]] const Set* set_of(const state::Channel& channel) const {
    if (by_channel_.empty()) return nullptr;
    const auto entry = by_channel_.find(std::string_view{channel.name});
    return entry == by_channel_.end() ? nullptr : &entry->second;
  }

  template <class Visit>
  void touch_by_channel(const state::Change& change, Visit& visit) const {
    if (by_channel_.empty()) return;
    const Set* first = nullptr;
    std::vector<const Set*> more;  // most changes are of one channel
    state::for_each_changed_channel(change, [&](const state::Channel& channel) {
      const Set* set = set_of(channel);
      if (set == nullptr) return;
      if (first == nullptr) {
        first = set;
      } else {
        more.push_back(set);
      }
    });
    if (first == nullptr) return;
    if (more.empty()) {
      for (const Handle& handle : *first) visit(handle);
      return;
    }
    more.push_back(first);
    std::unordered_set<Handle> visited;  // some stand under several of them; visited in an order that addresses have no say in
    for (const Set* set : more) {
      for (const Handle& handle : *set) {
        if (visited.insert(handle).second) visit(handle);
      }
    }
  }

  template <class Visit>
  void touch_by_key(std::string_view key, Visit& visit) const {
    for (const Handle& handle : everywhere_) visit(handle);
    if (by_key_.empty()) return;
    if (const auto entry = by_key_.find(key); entry != by_key_.end()) {
      for (const Handle& handle : entry->second) visit(handle);
    }
  }

  template <class Visit>
  void touch(std::string_view key, Side before, Side after, Visit& visit) const {
    touch_by_key(key, visit);
    touch_by_box(by_box_, before, after, visit);
    // Who also sees what is nowhere is asked by the list when one side is, and then it need not be asked by its box.
    if (before.is_unlocated || after.is_unlocated) {
      for (const Handle& handle : nowhere_) visit(handle);
    } else {
      touch_by_box(by_box_or_nowhere_, before, after, visit);
    }
  }

  template <class Visit>
  static void touch_by_box(const geo::BoxIndex& boxes, Side before, Side after, Visit& visit) {
    if (boxes.empty()) return;
    const auto visit_number = [&visit](geo::BoxIndex::Handle number) { visit(to_handle(number)); };
    if (before.place && after.place) {
      boxes.for_each_at_either(*before.place, *after.place, visit_number);
    } else if (before.place || after.place) {
      boxes.for_each_at(after.place ? *after.place : *before.place, visit_number);
    }
  }

  Set everywhere_;
  std::unordered_map<std::string, Set, Hash, std::equal_to<>> by_channel_, by_key_;
  geo::BoxIndex by_box_;
  geo::BoxIndex by_box_or_nowhere_;  // those who also see what has no place,
  Set nowhere_;         // and the same ones again
};

}  // namespace starling::view

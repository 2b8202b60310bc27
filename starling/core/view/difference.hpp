/// @file
/// What a viewer is told of a change: the difference between what its view shows of before and of after.
///
///   before in view   after in view   told
///   no               yes             set, the whole record
///   yes              yes             patch, the fields that differ (set if a field disappeared)
///   yes              no              remove, with the reason
///   no               no              nothing
///
/// Leaving the map, entering it, conflation, resuming, catching up and panning (two views) are all this table.
#pragma once

#include <cstdint>
#include <vector>

#include "starling/core/state/change.hpp"
#include "starling/core/view/view.hpp"

namespace starling::view {

enum class Told : std::uint8_t { set, patch, remove };
enum class RemoveReason : std::uint8_t { moved, filtered, deleted, expired };

[[nodiscard]] const char* to_text(RemoveReason reason) noexcept;

struct Difference {
  const state::Channel* channel;
  Told told;
  RemoveReason reason;         ///< of a remove
  const state::Fields* after;  ///< of a set or patch: the whole record, to be shown through `view`
  std::vector<state::Fields::Field> patch;  ///< of a patch: the fields that differ and are shown
};

/// Appends what is told of `change` to one who was shown `before` through `was` and is now shown `after` through `is`; one
/// difference a channel, in the order of channels. Points into the change.
void append_differences(const View& was, const View& is, const state::Change& change, std::vector<Difference>& out);

/// Appends `"name":value` pairs of `record` that the view shows, as a JSON object.
void append_shown(std::string& out, const View& view, const state::Fields& record);

}  // namespace starling::view

/// @file
/// What a report says of where its entity is, if anything.
#pragma once

#include <optional>

#include "starling/core/base/result.hpp"
#include "starling/core/state/entity.hpp"
#include "starling/core/state/refusal.hpp"
#include "starling/core/state/update.hpp"

namespace starling::hub {

/// Where it is said to be; nullopt: nowhere that is known.
struct PlaceSaid {
  std::optional<state::Place> place;
};

/// What `update`, which says `said` and made `after` of `before` (null: there was no such facet) on `channel`, says of an entity at `place`;
/// nullopt if it speaks of something else.
///
/// A `location` given decides. Else the channel's locating fields do, where they came, changed or went: both numbers set the place, one that
/// turned null or vanished clears it; said again as they were they say the place again. Channels that are not declared are located by `latitude`
/// and `longitude`.
[[nodiscard]] Result<std::optional<PlaceSaid>, state::Refusal> place_said(const std::optional<state::Place>& place, const state::Channel& channel,
                                                                          const state::Update& update, const state::Fields& said,
                                                                          const state::Fields* before, const state::Fields& after);

}  // namespace starling::hub

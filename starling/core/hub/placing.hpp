/// @file
/// Where an entity is after a report: what the report says of its place, if anything.
#pragma once

#include <optional>

#include "starling/core/base/result.hpp"
#include "starling/core/state/entity.hpp"
#include "starling/core/state/refusal.hpp"
#include "starling/core/state/update.hpp"

namespace starling::hub {

/// The place after `update` made `after` of `before` (null: there was no such facet) on `channel`.
///
/// A `location` given decides. Else the channel's locating fields do, where they came, changed or went: both numbers set the place, one that
/// turned null or vanished clears it. Channels that are not declared are located by `latitude` and `longitude`.
[[nodiscard]] Result<std::optional<state::Place>, state::Refusal> place_after(const std::optional<state::Place>& place, const state::Channel& channel,
                                                                              const state::Update& update, const state::Fields* before,
                                                                              const state::Fields& after);

}  // namespace starling::hub

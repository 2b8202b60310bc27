/// @file
/// From one view to another of the same viewer: a fold in which what only one of them shows stands as a change that changed nothing.
///
/// So a pan is told through the same table as everything else. Of what did not change only the edges are looked at: two boxes are compared
/// where they differ.
#pragma once

#include <optional>

#include "starling/core/log/fold.hpp"
#include "starling/core/state/state.hpp"
#include "starling/core/view/view.hpp"

namespace starling::fanout {

/// `since`: what happened since the viewer's cursor, at least as far as one of the views shows it; `state`: as it is at its end. Nullopt if it would be more
/// than `changes_max` entities.
[[nodiscard]] std::optional<log::Fold> fold_of_replacement(const state::State& state, const view::View& was, const view::View& is, const log::Fold& since,
                                                           std::size_t changes_max);

}  // namespace starling::fanout

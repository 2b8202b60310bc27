/// @file
/// Whom of a roster a fold concerns: each is touched, and given the numbers of the changes that may have to be told to it.
///
/// A change asks the index who looks at it, or a box asks a map of the fold what lies in it, whichever is less
/// (docs/decisions/0009-fold-maps.md).
#pragma once

#include "starling/core/fanout/fold_map.hpp"
#include "starling/core/fanout/fragments.hpp"
#include "starling/core/fanout/roster.hpp"
#include "starling/core/fanout/sheets.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

/// Whether either side passes what the view asks of an entity. What it asks of each record may still leave nothing to show.
[[nodiscard]] bool may_show(const view::View& view, const state::Change& change) noexcept;

/// Those that were quiet.
void match_quiet(Roster& roster, const log::Fold& fold);
/// Those that are chosen, touched or not.
void match_chosen(Roster& roster, const log::Fold& fold);
/// Everybody. Where a map is made, `map` and `sheets` are laid out with the fold, and those who look at nothing but a box are given runs of it. An
/// audience with `kept` is given numbers only.
void match_all(Roster& roster, const log::Fold& fold, FoldMap& map, Sheets& sheets, Fragments& fragments);

}  // namespace starling::fanout

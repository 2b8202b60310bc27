#include "starling/core/fanout/matching.hpp"

namespace starling::fanout {
namespace {

/// So many are matched by looking at every change through their own views; more of them through the index.
constexpr std::size_t kLookedThroughMax = 4;
/// So many audiences who look at a box may there be for each change, and a map of the changes is made for them: asking it costs each of them
/// less than a quarter of what it costs to ask the index about a change.
constexpr std::size_t kMapsPerChangeMax = 4;

void match_by_map(Roster& roster, const log::Fold& fold, FoldMap& map, Sheets& sheets, Fragments& fragments) {
  map.lay_out(fold);
  sheets.begin(map);
  std::uint32_t number = 0;
  const auto match = [&](Audience* audience) {
    roster.touch(*audience);
    audience->matches.push_back(number);
  };
  for (const std::uint32_t i : map.elsewhere()) roster.index().for_each_touched(fold.changes[number = i], match);
  if (!roster.index().has_only_boxes()) {
    for (const std::uint32_t i : map.on_it()) roster.index().for_each_touched_by_key(fold.changes[number = i], match);
  }
  for (Audience* audience : roster.maps()) {
    const FoldMap::Runs runs = map.find(*audience->view->reach().bounds, audience->matches);
    if (runs.count == 0 && audience->matches.empty()) continue;
    roster.touch(*audience);
    if (audience->kept || !audience->view->is_box_alone()) {  // each is a matter of its own
      map.expand(runs, audience->matches);
      continue;
    }
    audience->runs = runs;
    sheets.expect(fragments.column_of(audience->encoder, audience->view), map.changes(runs));
  }
}

}  // namespace

bool may_show(const view::View& view, const state::Change& change) noexcept {
  const auto is_inside = [&view](const state::EntityPtr& entity) { return entity && view.membership(*entity) == view::Membership::inside; };
  return is_inside(change.before) || is_inside(change.after);
}

void match_quiet(Roster& roster, const log::Fold& fold) {
  if (roster.quiet_index().empty()) return;
  for (std::uint32_t i = 0; i < fold.changes.size(); ++i) {
    roster.quiet_index().for_each_touched(fold.changes[i], [&](Audience* audience) {
      roster.touch(*audience);
      audience->matches.push_back(i);
    });
  }
}

void match_chosen(Roster& roster, const log::Fold& fold) {
  for (std::uint32_t i = 0; i < fold.changes.size(); ++i) {
    const state::Change& change = fold.changes[i];
    if (!change.before && !change.after) continue;
    if (roster.chosen().size() > kLookedThroughMax) {
      roster.index().for_each_touched(change, [&](Audience* audience) {
        if (audience->is_chosen) audience->matches.push_back(i);
      });
      continue;
    }
    for (Audience* audience : roster.chosen()) {
      if (may_show(*audience->view, change)) audience->matches.push_back(i);
    }
  }
}

void match_all(Roster& roster, const log::Fold& fold, FoldMap& map, Sheets& sheets, Fragments& fragments) {
  if (!roster.maps().empty() && roster.maps().size() <= kMapsPerChangeMax * fold.changes.size()) {
    match_by_map(roster, fold, map, sheets, fragments);
    return;
  }
  for (std::uint32_t i = 0; i < fold.changes.size(); ++i) {
    if (!fold.changes[i].before && !fold.changes[i].after) continue;  // came and went
    roster.index().for_each_touched(fold.changes[i], [&](Audience* audience) {
      roster.touch(*audience);
      audience->matches.push_back(i);
    });
  }
}

}  // namespace starling::fanout

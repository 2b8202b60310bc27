#include "starling/core/fanout/cuts.hpp"

#include <algorithm>
#include <unordered_map>

#include "starling/core/base/check.hpp"
#include "starling/core/log/fold.hpp"

namespace starling::fanout {

CutDifference::CutDifference(StateCutPtr older, StateCutPtr younger) : older_(std::move(older)), younger_(std::move(younger)) {
  STARLING_CHECK(older_->seq < younger_->seq, older_->seq, younger_->seq);
  std::unordered_map<state::IdentityPtr, std::size_t, log::IdentityHash, log::IdentityEqual> strays;
  const auto stray_of = [&](const state::IdentityPtr& identity) -> state::Change& {
    const auto [entry, is_new] = strays.try_emplace(identity, strays_.size());
    if (is_new) strays_.emplace_back();
    return strays_[entry->second];
  };
  static const state::Cut kNothing{0};
  for (std::uint32_t space = 0; space < younger_->spaces.size(); ++space) {
    const state::Cut& was = space < older_->spaces.size() ? older_->spaces[space] : kNothing;
    const state::Cut& is = younger_->spaces[space];
    for (const std::uint32_t slot : changed_between(was, is)) {
      const state::EntityPtr &before = was.at(slot), &after = is.at(slot);
      if (before && after && before->identity->equals(*after->identity)) {
        places_.push_back({space, slot});
        continue;
      }
      // One may have gone and come again in another slot: its two sides belong together.
      if (before) stray_of(before->identity).before = before;
      if (after) stray_of(after->identity).after = after;
    }
  }
}

state::Change CutDifference::operator[](std::size_t number) const {
  if (number >= places_.size()) return strays_[number - places_.size()];
  const Where& where = places_[number];
  state::Change change;
  change.before = older_->spaces[where.space].at(where.slot);
  change.after = younger_->spaces[where.space].at(where.slot);
  return change;
}

Cuts::Cuts(std::size_t cuts_max) : cuts_max_(cuts_max) { STARLING_CHECK(cuts_max >= 2, cuts_max); }

StateCutPtr Cuts::take(const state::State& state, state::Seq head, const std::vector<state::Seq>& events) {
  std::erase_if(cuts_, [](const auto& cut) { return cut.expired(); });
  if (StateCutPtr last = newest(); last && (last->seq == head || cuts_.size() >= cuts_max_)) return last;
  auto cut = std::make_shared<StateCut>();
  cut->seq = head;
  for (const state::Space& space : state.spaces()) cut->spaces.push_back(space.cut(head));
  cut->events = events;
  cuts_.push_back(cut);
  return cut;
}

CutDifferencePtr Cuts::difference(const StateCutPtr& older, const state::State& state, state::Seq head, const std::vector<state::Seq>& events) {
  StateCutPtr younger = take(state, head, events);
  if (younger->seq == older->seq) return nullptr;
  std::erase_if(differences_, [](const auto& each) { return each.expired(); });
  for (const auto& known : differences_) {
    CutDifferencePtr each = known.lock();
    if (&each->older() == older.get() && &each->younger() == younger.get()) return each;
  }
  auto made = std::make_shared<const CutDifference>(older, std::move(younger));
  differences_.push_back(made);
  return made;
}

std::size_t Cuts::live() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(cuts_, [](const auto& cut) { return !cut.expired(); }));
}

StateCutPtr Cuts::newest() const noexcept {
  StateCutPtr found = cuts_.empty() ? nullptr : cuts_.back().lock();
  return found;
}

}  // namespace starling::fanout

#include "starling/core/fanout/fold_map.hpp"

#include <algorithm>

namespace starling::fanout {

void FoldMap::lay_out(const log::Fold& fold) {
  clear();
  fold_ = &fold;
  for (std::uint32_t i = 0; i < fold.changes.size(); ++i) {
    const state::Change& change = fold.changes[i];
    if (!change.before && !change.after) continue;
    if (!change.before || !change.after || !change.before->place || !change.after->place) {
      elsewhere_.push_back(i);
      continue;
    }
    on_it_.push_back(i);
    tree_.add(change.before->place->point, change.after->place->point, i);
    note_channels(change);
  }
  tree_.build();
}

void FoldMap::clear() noexcept {
  fold_ = nullptr;
  tree_.clear();
  on_it_.clear();
  elsewhere_.clear();
  channels_.clear();
  runs_.clear();
}

void FoldMap::note_channels(const state::Change& change) {
  const auto note = [this](const state::Channel& channel) {
    const auto at = std::ranges::lower_bound(channels_, channel.index, {}, &state::Channel::index);
    if (at == channels_.end() || *at != &channel) channels_.insert(at, &channel);
  };
  state::for_each_changed_channel(change, note);
}

FoldMap::Runs FoldMap::find(const geo::Box& box, std::vector<std::uint32_t>& half) {
  const auto first = static_cast<std::uint32_t>(runs_.size());
  tree_.find(box, runs_, half);
  return {first, static_cast<std::uint32_t>(runs_.size()) - first};
}

std::size_t FoldMap::changes(const Runs& runs) const noexcept {
  std::size_t count = 0;
  for (const geo::MoveTree::Run* run = begin(runs); run != end(runs); ++run) count += run->last - run->first;
  return count;
}

void FoldMap::expand(const Runs& runs, std::vector<std::uint32_t>& numbers) const {
  for (const geo::MoveTree::Run* run = begin(runs); run != end(runs); ++run) {
    for (std::uint32_t i = run->first; i < run->last; ++i) numbers.push_back(tree_.number_at(i));
  }
}

}  // namespace starling::fanout

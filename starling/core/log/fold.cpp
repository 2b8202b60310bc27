#include "starling/core/log/fold.hpp"

namespace starling::log {

void Folder::begin(Seq after) {
  fold_.changes.clear();
  fold_.events.clear();
  fold_.after = fold_.upto = after;
  index_.clear();
}

Fold Folder::take() && {
  std::erase_if(fold_.changes, [](const state::Change& change) { return !change.before && !change.after; });
  return std::move(fold_);
}

void Folder::add(Seq seq, const std::vector<state::Change>& changes, const std::vector<state::EventPtr>& events) {
  advance(seq - 1, seq);
  for (const state::Change& change : changes) add(change);
  add_events(events);
}

void Folder::add(const state::Change& change) {
  const auto [number, is_new] = index_.add(change.identity_ptr());
  if (is_new) {
    fold_.changes.push_back(change);
  } else {
    fold_.changes[number].fold(change);
  }
}

void Folder::advance(Seq after, Seq upto) {
  STARLING_CHECK(after == fold_.upto, after, fold_.upto);
  fold_.upto = upto;
}

std::optional<Fold> fold_since(const Log& log, Seq since, std::size_t changes_max) {
  if (!log.reaches(since)) return std::nullopt;
  Folder folder{since};
  bool fits = true;
  log.for_each_after(since, [&](const Batch& batch) {
    if (!fits) return;
    folder.add(batch);
    fits = folder.changes() <= changes_max;
  });
  if (!fits) return std::nullopt;
  return std::move(folder).take();
}

}  // namespace starling::log

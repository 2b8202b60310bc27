#include "starling/core/log/fold.hpp"

namespace starling::log {

void Folder::add(const Batch& batch) {
  STARLING_CHECK(batch.seq == fold_.upto + 1, batch.seq, fold_.upto);
  fold_.upto = batch.seq;
  for (const state::Change& change : batch.changes) {
    // The identity used as the index's key is held by the change it points into, or by an entity that change replaced:
    // the first `before` or `after` of a key stays alive in the batch, which the log holds while this gathers.
    const auto [entry, is_new] = index_.try_emplace(&change.identity(), fold_.changes.size());
    if (is_new) {
      fold_.changes.push_back(change);
    } else {
      fold_.changes[entry->second].fold(change);
    }
  }
  fold_.events.insert(fold_.events.end(), batch.events.begin(), batch.events.end());
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
  Fold fold = std::move(folder).take();
  // Came and went within the run: neither side exists, so nobody ever saw it.
  std::erase_if(fold.changes, [](const state::Change& change) { return !change.before && !change.after; });
  return fold;
}

}  // namespace starling::log

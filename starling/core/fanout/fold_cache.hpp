/// @file
/// Folds of the log up to its head, made once however many cursors stand at the same place.
#pragma once

#include <unordered_map>

#include "starling/core/log/fold.hpp"

namespace starling::fanout {

/// Forgets everything when the log moves. Keeps at most `kFoldsMax`; a fold beyond that is made for who asked and not kept.
class FoldCache {
 public:
  FoldCache(const log::Log& log, std::size_t changes_max) noexcept : log_(log), changes_max_(changes_max) {}

  /// What happened after `since`; null if the log does not reach back or too much changed.
  [[nodiscard]] log::FoldPtr since(state::Seq since) {
    if (head_ != log_.head()) {
      kept_.clear();
      head_ = log_.head();
    }
    if (const auto found = kept_.find(since); found != kept_.end()) return found->second;
    std::optional<log::Fold> fold = log::fold_since(log_, since, changes_max_);
    log::FoldPtr made = fold ? std::make_shared<const log::Fold>(std::move(*fold)) : nullptr;
    if (kept_.size() < kFoldsMax) kept_.emplace(since, made);
    return made;
  }
  void clear() noexcept { kept_.clear(); }

 private:
  static constexpr std::size_t kFoldsMax = 32;
  const log::Log& log_;
  std::size_t changes_max_;
  state::Seq head_ = 0;
  std::unordered_map<state::Seq, log::FoldPtr> kept_;
};

}  // namespace starling::fanout

/// @file
/// What happened to each entity over a run of batches, at most one change per entity.
///
/// Folding {a→b} and {b→c} gives {a→c}: the states in between are nobody's business any more. So catching up costs what
/// changed, never how often it changed. Only why a facet went is kept from in between. Events are not merged: they follow each other.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "starling/core/log/log.hpp"

namespace starling::log {

struct Fold {
  Seq after = 0;  ///< where it starts, exclusive
  Seq upto = 0;   ///< where it ends, inclusive
  std::vector<state::Change> changes;  ///< in the order the entities were first touched
  std::vector<state::EventPtr> events;
};
using FoldPtr = std::shared_ptr<const Fold>;

/// Gathers batches in order into a fold.
class Folder {
 public:
  explicit Folder(Seq after) { fold_.after = fold_.upto = after; }
  void add(const Batch& batch);
  [[nodiscard]] std::size_t changes() const noexcept { return fold_.changes.size(); }
  [[nodiscard]] Fold take() && { return std::move(fold_); }

 private:
  struct Hash {
    std::size_t operator()(const state::Identity* identity) const noexcept { return identity->hash; }
  };
  struct Equal {
    bool operator()(const state::Identity* a, const state::Identity* b) const noexcept { return a->equals(*b); }
  };
  Fold fold_;
  std::unordered_map<const state::Identity*, std::size_t, Hash, Equal> index_;
};

/// The fold of all batches after `since`; nullopt if the log no longer reaches back, or more than `changes_max` entities changed.
[[nodiscard]] std::optional<Fold> fold_since(const Log& log, Seq since, std::size_t changes_max);

}  // namespace starling::log

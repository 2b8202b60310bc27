/// @file
/// What happened to each entity over a run of batches, at most one change per entity.
///
/// Folding {a→b} and {b→c} gives {a→c}: the states in between are nobody's business any more. So catching up costs what
/// changed, never how often it changed. Only why a facet went is kept from in between. Events are not merged: they follow each other.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "starling/core/log/identity_index.hpp"
#include "starling/core/log/log.hpp"

namespace starling::log {

struct Fold {
  Seq after = 0;  ///< where it starts, exclusive
  Seq upto = 0;   ///< where it ends, inclusive
  std::vector<state::Change> changes;  ///< in the order the entities were first touched
  std::vector<state::EventPtr> events;
};
using FoldPtr = std::shared_ptr<const Fold>;

/// Finds an entity by who it is, whichever of its versions says so.
struct IdentityHash {
  using is_transparent = void;
  std::size_t operator()(const state::IdentityPtr& identity) const noexcept { return identity->hash; }
  std::size_t operator()(const state::Identity* identity) const noexcept { return identity->hash; }
};
struct IdentityEqual {
  using is_transparent = void;
  bool operator()(const state::IdentityPtr& a, const state::IdentityPtr& b) const noexcept { return a->equals(*b); }
  bool operator()(const state::Identity* a, const state::IdentityPtr& b) const noexcept { return a->equals(*b); }
  bool operator()(const state::IdentityPtr& a, const state::Identity* b) const noexcept { return a->equals(*b); }
};

/// Gathers batches in order into a fold. It may go on gathering for as long as it likes: it needs nothing of the log again.
class Folder {
 public:
  explicit Folder(Seq after) { begin(after); }
  /// Forgets everything and begins anew after `after`.
  void begin(Seq after);
  void add(const Batch& batch) { add(batch.seq, batch.changes, batch.events); }
  /// Only the changes for which `is_wanted` (of a `const Change&`), and all that follow of an entity that has one.
  template <class IsWanted>
  void add_if(const Batch& batch, IsWanted&& is_wanted) {
    advance(batch.seq - 1, batch.seq);
    for (const state::Change& change : batch.changes) {
      if (is_wanted(change) || index_.find(change.identity())) add(change);
    }
    add_events(batch.events);
  }

  /// So far. A change whose sides are both absent came and went.
  [[nodiscard]] const Fold& fold() const noexcept { return fold_; }
  [[nodiscard]] std::size_t changes() const noexcept { return fold_.changes.size(); }
  /// Whose the change with this number is, also of one that came and went.
  [[nodiscard]] const state::IdentityPtr& identity_of(std::size_t number) const noexcept { return index_[number]; }
  /// The number of the entity's change; it must have one.
  [[nodiscard]] std::size_t number_of(const state::IdentityPtr& identity) const {
    const auto number = index_.find(*identity);
    STARLING_CHECK(number.has_value(), identity->key);
    return *number;
  }
  /// Without what came and went: nobody who stands where the fold starts ever saw it. It is for telling, not for folding on: who stood earlier may
  /// have seen it, and it may have gone for the last time here.
  [[nodiscard]] Fold take() &&;
  /// With it, numbered as before. `identity_of` and `number_of` go on until `begin`.
  [[nodiscard]] Fold take_whole() { return std::exchange(fold_, Fold{fold_.upto, fold_.upto, {}, {}}); }

 private:
  void add(Seq seq, const std::vector<state::Change>& changes, const std::vector<state::EventPtr>& events);
  void add(const state::Change& change);
  void add_events(const std::vector<state::EventPtr>& events) { fold_.events.insert(fold_.events.end(), events.begin(), events.end()); }
  void advance(Seq after, Seq upto);

  Fold fold_;
  IdentityIndex index_;  // of the changes
};

/// The fold of all batches after `since`; nullopt if the log no longer reaches back, or more than `changes_max` entities changed.
[[nodiscard]] std::optional<Fold> fold_since(const Log& log, Seq since, std::size_t changes_max);

}  // namespace starling::log

/// @file
/// What a run of batches comes to, as rows of a database.
///
/// The state is told once, however often it changed in between; history is told change by change.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "starling/core/log/fold.hpp"
#include "starling/io/store/rows.hpp"

namespace starling::store {

/// Whether history is kept of a channel.
using KeepsHistory = std::function<bool(const state::Channel& channel)>;

class BatchRows {
 public:
  explicit BatchRows(KeepsHistory keeps_history) : keeps_history_(std::move(keeps_history)) {}

  /// The batch after the one added last; the first may be any.
  void add(log::BatchPtr batch);
  /// All that was added since `clear`; it borrows from here.
  [[nodiscard]] const Transaction& transaction();
  void clear();

 private:
  void add_history(const log::Batch& batch, const state::Change& change);
  void add_event(const log::Batch& batch, const state::Event& event);
  void add_state(const state::Change& change);

  KeepsHistory keeps_history_;
  std::vector<log::BatchPtr> batches_;  // whose text the rows borrow
  log::Folder folder_{0};
  std::deque<std::string> texts_;       // that are nobody's
  Transaction transaction_;
};

/// The rows of an entity that is there, for a state that is written whole, and those of its history: `seq` and `at` of the transaction are set.
void add_entity(Transaction& to, const state::Entity& entity, const KeepsHistory& keeps_history);
/// `entity_text`: what `log::write_entity` says of the entity it is stamped with; it must outlive the row.
[[nodiscard]] TailRow tail_row(const state::Event& event, const std::string* entity_text) noexcept;

}  // namespace starling::store

/// @file
/// What a run of batches comes to, as rows of a database, and what came too late to be in them.
///
/// The state is told once, however often it changed in between; history is told change by change, where `thinning` leaves nothing out.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "starling/core/log/fold.hpp"
#include "starling/core/log/late_reports.hpp"
#include "starling/core/store/rows.hpp"
#include "starling/core/store/thinning.hpp"

namespace starling::store {

/// Whether history is kept of a channel.
using KeepsHistory = std::function<bool(const state::Channel& channel)>;

class BatchRows {
 public:
  explicit BatchRows(KeepsHistory keeps_history) : keeps_history_(std::move(keeps_history)) {}

  /// The batch after the one added last; the first may be any.
  void add(log::BatchPtr batch);
  /// What came too late, behind the batch that it names.
  void add(log::LateReportsPtr late);
  /// What thinning left out and is due by `now`.
  void add_due(Timestamp now);
  /// All that it left out last: the end.
  void add_left_out(Timestamp now);
  [[nodiscard]] const Thinning& thinning() const noexcept { return thinning_; }

  /// All that was added since `clear`; it borrows from here. Where no batch and nothing late was added, whoever writes says its `seq` and `at`.
  [[nodiscard]] const Transaction& transaction();
  [[nodiscard]] bool has_batches() const noexcept { return !batches_.empty(); }
  [[nodiscard]] bool is_empty() const noexcept { return batches_.empty() && late_.empty() && left_out_.empty(); }
  /// It has been written, or written otherwise: `forget_thinning` then.
  void clear();
  void forget_thinning() noexcept { thinning_.forget(); }

 private:
  void add_set(const log::Batch& batch, const state::Entity& entity, const state::FacetPtr& facet);
  void push_left_out(SetRecord record, Timestamp at);
  void add_history(const log::Batch& batch, const state::Change& change);
  void add_event(const log::Batch& batch, const state::Event& event);
  void add_state(const state::Change& change);

  KeepsHistory keeps_history_;
  std::vector<log::BatchPtr> batches_;  // whose text the rows borrow
  Thinning thinning_;
  std::vector<log::LateReportsPtr> late_;  // likewise
  std::deque<SetRecord> left_out_;         // likewise
  log::Folder folder_{0};
  std::deque<std::string> texts_;       // that are nobody's
  Transaction transaction_;
};

/// The rows of an entity that is there, for a state that is written whole, and those of its history: `seq` and `at` of the transaction are set.
void add_entity(Transaction& to, const state::Entity& entity, const KeepsHistory& keeps_history);
/// `entity_text`: what `log::write_entity` says of the entity it is stamped with; it must outlive the row.
[[nodiscard]] TailRow tail_row(const state::Event& event, const std::string* entity_text) noexcept;

}  // namespace starling::store

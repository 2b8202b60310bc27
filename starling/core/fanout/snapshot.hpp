/// @file
/// Everything a view shows at one seq, in parts, from a cut or a list: a pure function of what never changes.
#pragma once

#include <memory>
#include <vector>

#include "starling/core/fanout/subscription.hpp"
#include "starling/core/state/cut.hpp"

namespace starling::fanout {

class Snapshot final : public Job {
 public:
  /// Of whole spaces.
  Snapshot(Seq seq, std::vector<std::shared_ptr<const state::Cut>> cuts, std::size_t part_bytes = kPartBytes)
      : seq_(seq), part_bytes_(part_bytes), cuts_(std::move(cuts)) {}
  /// Of these entities, already picked by key.
  Snapshot(Seq seq, std::vector<state::EntityPtr> entities, std::size_t part_bytes = kPartBytes)
      : seq_(seq), part_bytes_(part_bytes), list_(std::move(entities)) {}

  bool send_part(Subscription& to) override;
  [[nodiscard]] Seq seq() const noexcept override { return seq_; }

 private:
  [[nodiscard]] const state::EntityPtr* next() noexcept;

  Seq seq_;
  std::size_t part_bytes_;
  std::vector<std::shared_ptr<const state::Cut>> cuts_;
  std::vector<state::EntityPtr> list_;
  std::size_t next_cut_ = 0, next_slot_ = 0, next_listed_ = 0;
  state::EntityPtr entity_;             // the one being sent
  std::vector<view::Difference> sets_;  // its records
  std::size_t next_set_ = 0;
};

}  // namespace starling::fanout

/// @file
/// Everything a view shows at one seq, in parts, from a cut or a list: a pure function of what never changes.
#pragma once

#include <memory>
#include <vector>

#include "starling/core/fanout/subscription.hpp"
#include "starling/core/state/space.hpp"

namespace starling::fanout {

class Snapshot final : public Job {
 public:
  /// Of whole spaces.
  Snapshot(Seq seq, std::vector<std::shared_ptr<const state::Cut>> cuts) : seq_(seq), cuts_(std::move(cuts)) {}
  /// Of these entities, already picked by key.
  Snapshot(Seq seq, std::vector<state::EntityPtr> entities) : seq_(seq), list_(std::move(entities)) {}

  bool send_part(Subscription& to) override;
  [[nodiscard]] Seq seq() const noexcept override { return seq_; }

 private:
  [[nodiscard]] const state::EntityPtr* next() noexcept;

  Seq seq_;
  std::vector<std::shared_ptr<const state::Cut>> cuts_;
  std::vector<state::EntityPtr> list_;
  std::size_t next_cut_ = 0, next_slot_ = 0, next_listed_ = 0;
  state::EntityPtr waiting_;  // did not fit into the part before
};

}  // namespace starling::fanout

/// @file
/// What the fleet reports: random records, removals and events, at random times and places.
#pragma once

#include "sim/dice.hpp"
#include "sim/query.hpp"
#include "sim/truth.hpp"
#include "starling/core/base/time.hpp"
#include "starling/core/state/update.hpp"

namespace starling::sim {

class Fleet {
 public:
  explicit Fleet(Tastes tastes) noexcept : tastes_(std::move(tastes)) {}

  [[nodiscard]] Said random_report(Dice& random, Timestamp now);

 private:
  [[nodiscard]] Said mesh_report(Dice& random);
  void dress(Said& said, Dice& random, Timestamp now) const;
  [[nodiscard]] bool is_event(const Said& said) const;

  Tastes tastes_;
  std::uint64_t said_ = 0;
};

/// As sources write it.
[[nodiscard]] state::Update to_update(const Said& said);

/// As it arrives, perhaps by way of a session.
[[nodiscard]] Said to_said(const state::Update& update);

}  // namespace starling::sim

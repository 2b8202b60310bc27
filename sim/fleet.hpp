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
  struct Habits {
    std::uint64_t keys = 12;
    double timed = 0;     ///< reports that bear a time
    double retained = 0;
    double located = 0;   ///< reports and events with a location beside their fields
    const Vocabulary* vocabulary = nullptr;  ///< of a user's own world; null: that of the seeds
  };
  explicit Fleet(Habits habits) noexcept : habits_(habits) {}

  [[nodiscard]] Said random_report(Dice& random, Timestamp now);

 private:
  [[nodiscard]] Said mesh_report(Dice& random);
  void dress(Said& said, Dice& random, Timestamp now) const;
  [[nodiscard]] bool is_event(const Said& said) const;

  Habits habits_;
  std::uint64_t said_ = 0;
};

/// As sources write it.
[[nodiscard]] state::Update to_update(const Said& said);

/// As it arrives, perhaps by way of a session.
[[nodiscard]] Said to_said(const state::Update& update);

}  // namespace starling::sim

/// @file
/// One simulated run: the real hub, shards and sessions, model viewers on bad lines, and a fleet that reports, all under one seed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "sim/broken.hpp"
#include "sim/frames.hpp"
#include "sim/rates.hpp"
#include "sim/dice.hpp"
#include "sim/scenario.hpp"

namespace starling::sim {

struct RunOptions {
  std::uint64_t seed = 1;
  int plant = 0;  ///< the number of a fault to plant, see plants.hpp; 0: none
  int steps = 600;
  double minutes = 0;  ///< of simulated time, instead of steps
  FixedRates rates;
  std::shared_ptr<const Scenario> scenario;  ///< of a user's own; null: as seeds draw it
  // Instead of what the seed draws:
  std::optional<std::size_t> shards, viewers;
  std::optional<std::uint64_t> keys;
  Frames* frames = nullptr;    ///< what viewers say, are told and have to hold is written down
  bool trace = false;  ///< print what is reported, and what every viewer says and is told
  Choices* choices = nullptr;  ///< what happens is read from them or written to them, the end apart; steps are over when they are
};

/// How often what was gone through.
struct RunCounts {
  std::uint64_t judged = 0;  ///< complete seqs
  std::uint64_t read = 0;    ///< of them, by readers over HTTP
  std::uint64_t guests = 0;  ///< messages judged, of clients at doors
  std::uint64_t expired = 0;  ///< facets
  std::uint64_t late = 0;  ///< reports
  std::uint64_t restarts = 0, clean_restarts = 0;
  std::uint64_t kept = 0;  ///< restarts that were not clean, with the state of a store
  std::int64_t simulated_ms = 0;
  std::uint64_t snapshots = 0, catch_ups = 0, cut_differences = 0, given_up = 0;

  RunCounts& operator+=(const RunCounts& more);
};

/// Throws `Broken` where a promise does not hold.
[[nodiscard]] RunCounts run(const RunOptions& options);

}  // namespace starling::sim

/// @file
/// What goes wrong in a simulation, and how likely it is. A seed draws its own; the command line may set any of them.
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/dice.hpp"

namespace starling::sim {

/// Probabilities, each time somebody may do it: a viewer some 25 times a simulated second and more, the world once for each round of its viewers,
/// a server once before anything happens.
struct Rates {
  double cuts = 0.01;
  double storms = 0;
  double returns = 0.1;
  double stalls = 0.02;
  double narrow = 0.5;
  double delays = 0;
  double pieces = 0;
  double asks = 0.02;
  double pans = 0.5;
  double paces = 0.6;
  double conditions = 0;
  double recent = 0;
  double asks_again = 0.002;
  double publishes = 0;
  double rights = 0;
  double other_rights = 0.2;
  double foreign_cursors = 0;
  double reports = 0.7;
  double bursts = 0.02;
  double announces = 0;
  double removals = 0.1;
  double replaces = 0.1;
  double events = 0.15;
  double times = 0;
  double retained = 0;
  double placed = 0;
  double lost_places = 0.05;
  double expiring = 0.4;
  double silences = 0.5;
  double critical = 0.2;
  double event_paces = 0.7;
  double shards = 0.5;
  double tiny = 0.4;
  double restarts = 0;
  double clock_jumps = 0;
  double lulls = 0.01;
  double pings = 0;
  double hellos = 0;
  double unsubscribes = 0;
  double mistakes = 0;
  double abuse = 0;
  double readers = 0;
  double guests = 0;
  double clean_restarts = 0;
  double kept_state = 0;
  double bare = 0;
};

struct RateName {
  std::string_view name;
  double Rates::*rate;
  std::string_view what;  ///< happens
};
[[nodiscard]] std::span<const RateName> rate_names() noexcept;

/// Set by hand, whatever the seed draws.
using FixedRates = std::vector<std::pair<double Rates::*, double>>;

[[nodiscard]] Rates random_rates(Dice& random, const FixedRates& fixed);

}  // namespace starling::sim

/// @file
/// What a model viewer asks for and may see: a random query and random rights, as the truth reads them and as the server does.
#pragma once

#include "sim/dice.hpp"
#include "sim/rates.hpp"
#include "sim/truth.hpp"
#include "starling/core/view/query.hpp"
#include "starling/core/view/rights.hpp"

namespace starling::sim {

struct Vocabulary;

/// What a seed's fleet reports and its viewers ask for: of how many keys, and how likely.
struct Tastes {
  std::uint64_t keys = 12;  ///< there are, by number
  Rates rates;
  double presence = 0;  ///< a query names its channel
  const Vocabulary* vocabulary = nullptr;  ///< of a user's own world; null: that of the seeds
};

/// What a viewer asks for.
struct Wish {
  PlainQuery plain;
  std::optional<double> rate;         ///< frames a second; absent: as seeds draw it
  std::optional<std::size_t> recent;  ///< likewise
  double pan_deg = 1;
};

[[nodiscard]] Wish random_wish(Dice& random, const Tastes& tastes);
/// The same map, moved a little: what a pan does.
void pan(Wish& wish, Dice& random);
[[nodiscard]] view::Query to_query(const PlainQuery& plain);
[[nodiscard]] PlainRights random_rights(Dice& random, const Tastes& tastes);
[[nodiscard]] view::RightsPtr to_rights(const PlainRights& plain);
[[nodiscard]] std::string key_of(std::uint64_t number);

}  // namespace starling::sim

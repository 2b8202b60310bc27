/// @file
/// Random reports, queries and rights in a user's own world.
#pragma once

#include "sim/dice.hpp"
#include "sim/query.hpp"
#include "sim/truth.hpp"

namespace starling::sim {

/// One of the queries that viewers are to ask, else a random one.
[[nodiscard]] Wish random_wish(Dice& random, const Tastes& tastes, const Vocabulary& vocabulary);
[[nodiscard]] PlainRights random_rights(Dice& random, const Tastes& tastes, const Vocabulary& vocabulary);
/// A report, a removal or an event; `number` makes events differ.
[[nodiscard]] Said random_report(Dice& random, const Rates& rates, const Vocabulary& vocabulary, std::uint64_t number);
[[nodiscard]] Place random_place(Dice& random, const Vocabulary& vocabulary);

}  // namespace starling::sim

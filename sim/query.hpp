/// @file
/// What a model viewer asks for: a random query, as the truth reads it and as the server does.
#pragma once

#include "sim/truth.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/view/query.hpp"

namespace starling::sim {

/// How likely a seed's viewers ask for what, and of how many keys.
struct Tastes {
  std::uint64_t keys = 12;  ///< there are, by number
  double where = 0;
  double presence = 0;
};

[[nodiscard]] PlainQuery random_query(Random& random, const Tastes& tastes);
/// The same map, moved a little: what a pan does.
void pan(PlainQuery& query, Random& random);
[[nodiscard]] view::Query to_query(const PlainQuery& plain);
[[nodiscard]] std::string key_of(std::uint64_t number);

}  // namespace starling::sim

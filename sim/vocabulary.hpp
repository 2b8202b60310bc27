/// @file
/// What can be said and asked in a user's own world: channels, keys, fields and places, where his queries have their edges.
///
/// Values are those that a query's conditions name, and such as lie just below and just above; places lie on the edges of its boxes, a
/// little inside and a little outside.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario.hpp"
#include "sim/truth.hpp"

namespace starling::sim {

/// A channel that is reported.
struct Topic {
  std::string name;
  bool is_event = false;
  std::optional<FieldPair> located_by;
  std::map<std::string, std::vector<std::string>> fields = {};  ///< values of each, as JSON; without those that locate
};

struct Vocabulary {
  std::vector<Topic> topics;
  std::vector<std::string> presence;  ///< channels of the server's own
  std::vector<std::string> keys;
  std::vector<double> latitudes, longitudes;  ///< degrees, ascending
  std::vector<Wish> queries;                  ///< none: they are random

  /// Those the query shows, by name or wildcard.
  [[nodiscard]] std::vector<const Topic*> shown(const PlainQuery& query) const;
};

/// In a world where this is declared and there are so many keys.
[[nodiscard]] Vocabulary vocabulary_of(const Scenario& scenario, const hub::HubOptions& hub, const std::vector<state::ChannelDeclaration>& declarations,
                                       std::uint64_t keys);

}  // namespace starling::sim

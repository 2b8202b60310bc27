/// @file
/// What a source says: this channel, this key, these fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "starling/core/base/time.hpp"
#include "starling/core/geo/point.hpp"

namespace starling::state {

enum class Operation : std::uint8_t {
  merge,    ///< assign these fields, keep the others
  replace,  ///< these fields are all there are
  remove,   ///< the facet goes
};

/// `location` as given: absent (the record's own fields decide), null (clear it), or a point.
struct NoLocation {};
using Location = std::variant<std::monostate, NoLocation, geo::Point>;

/// One report. `data` is a JSON object as `json::compact` returns it; empty only for `remove`.
struct Update {
  std::string channel;                 ///< "space:facet"
  std::optional<std::string> key;      ///< required on state channels
  std::string data;                    ///< compact JSON object
  Operation operation = Operation::merge;
  Location location;
  std::optional<Timestamp> time;       ///< when it was so; absent: when it came
  bool retained = false;               ///< the broker kept it: says what is, is no sign of life

  /// Memory it holds, about.
  [[nodiscard]] std::size_t bytes() const noexcept { return sizeof(Update) + channel.size() + data.size() + (key ? key->size() : 0); }
};

}  // namespace starling::state

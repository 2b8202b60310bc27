/// @file
/// A number with a unit, as people write it: "1.5s", "256KiB". Durations and sizes differ in their units only.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace starling::config {

struct Unit {
  std::string_view name;
  std::uint64_t worth;  ///< in the smallest unit, at least 1
};

/// Reads digits, perhaps a fraction, perhaps one space, and the name of one of `units`; counts in the smallest unit.
///
/// Nullopt for anything else, for what does not come out whole ("0.5us"), and for what does not fit.
[[nodiscard]] std::optional<std::uint64_t> read_quantity(std::string_view text, std::span<const Unit> units) noexcept;

}  // namespace starling::config

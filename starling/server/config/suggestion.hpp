/// @file
/// "Did you mean …": the known word nearest to one that is not known.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace starling::config {

/// How many single letters must be put in, left out, exchanged or swapped with their neighbour to get from one word
/// to the other.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

/// The nearest of `known`, if it is near enough to have been meant: a third of the letters may be wrong, at least one
/// may. The first of several equally near.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace starling::config

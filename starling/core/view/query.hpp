/// @file
/// What a viewer asks to see.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/geo/box.hpp"
#include "starling/core/view/where.hpp"

namespace starling::view {

/// All that is given must hold.
struct Filter {
  std::optional<std::vector<std::string>> keys;
  std::optional<geo::Box> bounds;
  bool unlocated = false;  ///< with bounds: also what has no place
  Where where{};
};

struct Query {
  std::vector<std::string> channels;  ///< names, `space:*` or `*`
  Filter filter;
  std::optional<std::vector<std::string>> fields;  ///< canonical names of the fields to show; absent: all
};

/// `space:facet`, `space:*` or `*`.
[[nodiscard]] bool is_channel_pattern(std::string_view pattern) noexcept;
[[nodiscard]] inline bool is_wildcard(std::string_view pattern) noexcept { return pattern.ends_with('*'); }
/// Whether the pattern covers the channel's name, hidden or not.
[[nodiscard]] bool covers(std::string_view pattern, std::string_view channel_name) noexcept;

/// The same query always gives the same text: lists sorted and without doubles, defaults left out.
[[nodiscard]] std::string normalised_text(const Query& query);
/// The same of a filter; empty if everything passes it.
[[nodiscard]] std::string normalised_text(const Filter& filter);

}  // namespace starling::view

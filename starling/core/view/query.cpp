#include "starling/core/view/query.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/json.hpp"
#include "starling/core/state/channel.hpp"

namespace starling::view {
namespace {

void append_sorted(std::string& out, std::string_view name, std::vector<std::string> list) {
  std::ranges::sort(list);
  list.erase(std::unique(list.begin(), list.end()), list.end());
  out += name;
  out += '[';
  for (const std::string& entry : list) json::append_string(out, entry);
  out += ']';
}

}  // namespace

bool is_channel_pattern(std::string_view pattern) noexcept {
  if (pattern == "*") return true;
  if (pattern.ends_with(":*")) {
    // A space's name is a channel's name without its facet.
    return state::is_channel_name(std::string{pattern.substr(0, pattern.size() - 1)} + "x");
  }
  return state::is_channel_name(pattern);
}

bool covers(std::string_view pattern, std::string_view channel_name) noexcept {
  if (pattern == "*") return true;
  if (pattern.ends_with(":*")) return channel_name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == channel_name;
}

std::string normalised_text(const Filter& filter) {
  std::string text;
  if (filter.keys) append_sorted(text, "keys", *filter.keys);
  if (const auto& box = filter.bounds) {
    // Adding nothing makes -0 a 0.
    text += fmt::format("bounds[{},{},{},{}]", box->north_deg() + 0.0, box->south_deg() + 0.0, box->east_deg() + 0.0, box->west_deg() + 0.0);
    if (filter.unlocated) text += "unlocated";
  }
  text += filter.where.text();
  return text;
}

std::string normalised_text(const Query& query) {
  std::string text;
  append_sorted(text, "channels", query.channels);
  text += normalised_text(query.filter);
  if (query.fields) append_sorted(text, "fields", *query.fields);
  return text;
}

}  // namespace starling::view

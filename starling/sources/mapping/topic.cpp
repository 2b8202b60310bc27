#include "starling/sources/mapping/topic.hpp"

namespace starling::sources::mapping {
namespace {

constexpr std::string_view kShare = "$share/";

}  // namespace

std::optional<TopicFilter> TopicFilter::parse(std::string_view filter) {
  if (filter.starts_with(kShare)) {
    const std::size_t group_end = filter.find('/', kShare.size());
    if (group_end == std::string_view::npos || group_end == kShare.size()) return std::nullopt;
    filter.remove_prefix(group_end + 1);
  }
  if (filter.empty()) return std::nullopt;

  TopicFilter parsed;
  for (bool last = false; !last;) {
    const std::size_t slash = filter.find('/');
    last = slash == std::string_view::npos;
    const std::string_view level = filter.substr(0, slash);
    if (!last) filter.remove_prefix(slash + 1);
    const bool wildcard = level == "+" || level == "#";
    if (!wildcard && level.find_first_of("+#") != std::string_view::npos) return std::nullopt;
    if (level == "#" && !last) return std::nullopt;
    if (wildcard) ++parsed.wildcards_;
    parsed.levels_.emplace_back(level);
  }
  return parsed;
}

std::optional<std::vector<std::string_view>> TopicFilter::match(std::string_view topic) const {
  std::vector<std::string_view> found;
  found.reserve(wildcards_);
  bool ended = false;  // the topic has no more levels
  for (const std::string& level : levels_) {
    if (level == "#") {  // also stands for its parent level: "a/#" matches "a"
      found.push_back(ended ? topic.substr(topic.size()) : topic);
      return found;
    }
    if (ended) return std::nullopt;
    const std::size_t slash = topic.find('/');
    const std::string_view there = topic.substr(0, slash);
    if (level == "+") {
      found.push_back(there);
    } else if (level != there) {
      return std::nullopt;
    }
    ended = slash == std::string_view::npos;
    topic.remove_prefix(ended ? topic.size() : slash + 1);
  }
  if (!ended) return std::nullopt;
  return found;
}

}  // namespace starling::sources::mapping

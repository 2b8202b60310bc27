#include "starling/sources/mapping/template.hpp"

#include <algorithm>
#include <charconv>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::sources::mapping {

std::optional<Template> Template::parse(std::string_view text) {
  Template parsed;
  std::string literal;
  const auto close_literal = [&] {
    if (!literal.empty()) parsed.parts_.push_back({Part::Kind::text, std::move(literal), 0});
    literal.clear();
  };
  while (!text.empty()) {
    if (text.starts_with("{{") || text.starts_with("}}")) {
      literal += text.front();
      text.remove_prefix(2);
      continue;
    }
    if (text.front() == '}') return std::nullopt;
    if (text.front() != '{') {
      literal += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find('}');
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    const std::string_view name = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    close_literal();
    std::size_t level = 0;
    const auto [rest, error] = std::from_chars(name.data(), name.data() + name.size(), level);
    if (rest == name.data() + name.size() && error == std::errc{}) {
      parsed.wildcards_needed_ = std::max(parsed.wildcards_needed_, level);
      parsed.parts_.push_back({Part::Kind::level, {}, level});
    } else {
      parsed.parts_.push_back({Part::Kind::field, std::string{name}, 0});
    }
  }
  close_literal();
  return parsed;
}

std::optional<std::string> Template::fill(std::string_view topic, const std::vector<std::string_view>& wildcards,
                                          std::string_view object) const {
  STARLING_CHECK(wildcards.size() >= wildcards_needed_, wildcards.size(), wildcards_needed_);
  std::string filled;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Part::Kind::text:
        filled += part.text;
        break;
      case Part::Kind::level:
        filled += part.level == 0 ? topic : wildcards[part.level - 1];
        break;
      case Part::Kind::field: {
        const auto value = json::find(object, part.text);
        if (!value) return std::nullopt;
        const json::Kind kind = json::kind_of(*value);
        if (kind == json::Kind::string) {
          filled += json::decode(*value);
        } else if (kind == json::Kind::number) {
          filled += *value;
        } else {
          return std::nullopt;
        }
        break;
      }
    }
  }
  return filled;
}

bool Template::is_literal() const noexcept {
  return std::all_of(parts_.begin(), parts_.end(), [](const Part& part) { return part.kind == Part::Kind::text; });
}

}  // namespace starling::sources::mapping

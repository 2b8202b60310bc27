#include "tests/transcripts_runner/pattern.hpp"

#include <algorithm>
#include <cctype>

#include "starling/core/base/json.hpp"

namespace starling::transcripts {
namespace {

/// One token at the front of a pattern: a string with its quotes, a capture, a `*`, or a single character.
std::string_view first_token(std::string_view pattern) {
  std::size_t end = 1;
  if (pattern.front() == '"') {
    while (end < pattern.size() && pattern[end] != '"') end += pattern[end] == '\\' ? 2 : 1;
    end = std::min(end + 1, pattern.size());
  } else if (pattern.front() == '$') {
    while (end < pattern.size() && (std::isalnum(static_cast<unsigned char>(pattern[end])) || pattern[end] == '_')) ++end;
  }
  return pattern.substr(0, end);
}

std::string_view inside(std::string_view token) {
  return token.size() >= 2 && token.front() == '"' && token.back() == '"' ? token.substr(1, token.size() - 2) : token;
}

/// The name of a capture, if the token (quoted or not) is one.
std::optional<std::string_view> capture_name(std::string_view token) {
  const std::string_view text = inside(token);
  if (text.size() < 2 || text.front() != '$' || first_token(text) != text) return std::nullopt;
  return text.substr(1);
}

bool capture(std::string_view name, std::string_view value, Captures& captures) {
  return captures.try_emplace(std::string{name}, value).first->second == value;
}

/// The value at the front of `text`; empty if none starts there.
std::string_view value_at(std::string_view text) {
  if (text.empty() || std::string_view{",:]}"}.find(text.front()) != std::string_view::npos) return {};
  return json::detail::first_value(text);
}

bool match_exactly(std::string_view pattern, std::string_view text, Captures& captures) {
  while (!pattern.empty()) {
    const std::string_view token = first_token(pattern);
    pattern.remove_prefix(token.size());
    const std::optional<std::string_view> name = capture_name(token);
    if (!name && inside(token) != "*") {
      if (!text.starts_with(token)) return false;
      text.remove_prefix(token.size());
      continue;
    }
    const std::string_view value = value_at(text);
    const bool wants_string = token.front() == '"';
    if (value.empty() || (wants_string && value.front() != '"')) return false;
    if (name && (!wants_string && value.front() == '"')) return false;  // a string is captured within its quotes
    if (name && !capture(*name, inside(value), captures)) return false;
    text.remove_prefix(value.size());
  }
  return text.empty();
}

bool match_loosely(std::string_view pattern, std::string_view text, Captures& captures) {
  if (const auto name = capture_name(pattern)) return capture(*name, inside(text), captures);
  if (inside(pattern) == "*") return true;
  if (json::kind_of(pattern) != json::kind_of(text)) return false;
  if (json::kind_of(pattern) == json::Kind::object) {
    for (const json::Member& wanted : json::Members{pattern}) {
      const auto value = json::find(text, json::decode_inside(wanted.name));
      if (!value || !match_loosely(wanted.value, *value, captures)) return false;
    }
    return true;
  }
  if (json::kind_of(pattern) == json::Kind::array) {
    json::Elements::Iterator element = json::Elements{text}.begin();
    for (const std::string_view wanted : json::Elements{pattern}) {
      if (element == json::Elements{text}.end() || !match_loosely(wanted, *element, captures)) return false;
      ++element;
    }
    return element == json::Elements{text}.end();
  }
  return pattern == text;
}

/// Puts quotes around bare captures and stars, so that a pattern is JSON.
std::string quoted_pattern(std::string_view pattern) {
  std::string text;
  while (!pattern.empty()) {
    const std::string_view token = first_token(pattern);
    pattern.remove_prefix(token.size());
    const bool is_bare = token.front() == '$' || token == "*";
    text += is_bare ? '"' + std::string{token} + '"' : std::string{token};
  }
  return text;
}

}  // namespace

bool matches_exactly(std::string_view pattern, std::string_view text, Captures& captures) {
  Captures tried = captures;
  if (!match_exactly(pattern, text, tried)) return false;
  captures = std::move(tried);
  return true;
}

std::optional<bool> matches_loosely(std::string_view pattern, std::string_view text, Captures& captures) {
  const auto compact = json::compact(quoted_pattern(pattern));
  if (!compact || json::kind_of(*compact) != json::Kind::object) return std::nullopt;
  Captures tried = captures;
  if (!match_loosely(*compact, text, tried)) return false;
  captures = std::move(tried);
  return true;
}

std::optional<std::string> filled_in(std::string_view text, const Captures& captures) {
  std::string filled;
  while (!text.empty()) {
    const std::string_view token = first_token(text);
    text.remove_prefix(token.size());
    const auto name = capture_name(token);
    if (!name) {
      filled += token;
      continue;
    }
    const auto found = captures.find(*name);
    if (found == captures.end()) return std::nullopt;
    filled += token.front() == '"' ? '"' + found->second + '"' : found->second;
  }
  return filled;
}

}  // namespace starling::transcripts

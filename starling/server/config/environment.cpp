#include "starling/server/config/environment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "starling/core/base/result.hpp"

namespace starling::config {
namespace {

bool is_variable_name(std::string_view name) noexcept {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

Result<std::string, std::string> filled_in(std::string_view written, const Environment& environment) {
  std::string value;
  while (true) {
    const std::size_t dollar = written.find("${");
    if (dollar == std::string_view::npos) return value.append(written);
    const bool is_escaped = dollar > 0 && written[dollar - 1] == '$';
    if (is_escaped) {
      value.append(written.substr(0, dollar - 1)).append("${");
      written.remove_prefix(dollar + 2);
      continue;
    }
    value.append(written.substr(0, dollar));
    written.remove_prefix(dollar + 2);
    const std::size_t end = written.find('}');
    const std::string_view name = written.substr(0, std::min(end, written.size()));
    if (end == std::string_view::npos || !is_variable_name(name)) {
      return Unexpected{std::string{
          R"("${" must be followed by the name of an environment variable and "}"; write "$${" for the characters themselves)"}};
    }
    const auto variable = environment(name);
    if (!variable) return Unexpected{fmt::format("the environment variable {} is not set", name)};
    value.append(*variable);
    written.remove_prefix(end + 1);
  }
}

void put_environment(Value& value, const Environment& environment, ErrorList& errors) {
  if (auto* text = std::get_if<Text>(&value.held)) {
    auto filled = filled_in(text->written, environment);
    if (filled) {
      text->value = std::move(*filled);
    } else {
      errors.add(value.place, filled.error());
      value.held = Faulty{};
    }
  } else if (auto* list = std::get_if<List>(&value.held)) {
    for (Value& element : *list) put_environment(element, environment, errors);
  } else if (auto* table = std::get_if<Table>(&value.held)) {
    put_environment(*table, environment, errors);
  }
}

}  // namespace

void put_environment(Table& table, const Environment& environment, ErrorList& errors) {
  for (Entry& entry : table) put_environment(entry.value, environment, errors);
}

}  // namespace starling::config

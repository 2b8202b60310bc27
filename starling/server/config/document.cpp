#include "starling/server/config/document.hpp"

#include <fmt/format.h>

#define TOML_EXCEPTIONS 0  // a bad file is a Result, not a throw
#include <toml++/toml.h>

#include <algorithm>

namespace starling::config {
namespace {

Place place_of(const toml::source_region& region) noexcept { return {region.begin.line, region.begin.column}; }

Value value_of(const toml::node& node);

Table table_of(const toml::table& table) {
  Table entries;
  for (const auto& [key, node] : table) {
    entries.push_back({std::string{key.str()}, place_of(key.source()), value_of(node)});
    // A table stands where it is named; toml++ says where its bracket is.
    if (node.is_table()) entries.back().value.place = entries.back().key_place;
  }
  std::ranges::stable_sort(entries, {}, &Entry::key_place);  // toml++ keeps them by name
  return entries;
}

Value value_of(const toml::node& node) {
  Value value{place_of(node.source()), Faulty{}};
  switch (node.type()) {
    case toml::node_type::string: {
      const std::string& text = node.as_string()->get();
      value.held = Text{text, text};
      break;
    }
    case toml::node_type::integer:
      value.held = node.as_integer()->get();
      break;
    case toml::node_type::floating_point:
      value.held = node.as_floating_point()->get();
      break;
    case toml::node_type::boolean:
      value.held = node.as_boolean()->get();
      break;
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      value.held = CalendarTime{};
      break;
    case toml::node_type::array: {
      List list;
      for (const toml::node& element : *node.as_array()) list.push_back(value_of(element));
      value.held = std::move(list);
      break;
    }
    case toml::node_type::table:
      value.held = table_of(*node.as_table());
      break;
    case toml::node_type::none:
      break;
  }
  return value;
}

/// toml++'s words on one line: it may quote the character it tripped over.
std::string one_line(std::string_view description) {
  std::string line;
  for (const char c : description) {
    if (static_cast<unsigned char>(c) >= 0x20) line += c;
  }
  return line;
}

}  // namespace

std::string_view kind_of(const Value& value) noexcept {
  struct Name {
    std::string_view operator()(const Faulty&) const noexcept { return "something unreadable"; }
    std::string_view operator()(const Text&) const noexcept { return "a string"; }
    std::string_view operator()(std::int64_t) const noexcept { return "an integer"; }
    std::string_view operator()(double) const noexcept { return "a float"; }
    std::string_view operator()(bool) const noexcept { return "a boolean"; }
    std::string_view operator()(const CalendarTime&) const noexcept { return "a date or time"; }
    std::string_view operator()(const List&) const noexcept { return "a list"; }
    std::string_view operator()(const Table&) const noexcept { return "a table"; }
  };
  return std::visit(Name{}, value.held);
}

Result<Table, ConfigError> read_document(std::string_view toml_text, std::string_view file_name) {
  const toml::parse_result parsed = toml::parse(toml_text, file_name);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Unexpected{ConfigError{std::string{file_name}, place_of(error.source()),
                                  fmt::format("not TOML: {}", one_line(error.description()))}};
  }
  return table_of(parsed.table());
}

}  // namespace starling::config

/// @file
/// A TOML file as a tree of plain values that know where they stand, so that a mistake can be pointed at.
///
/// document.cpp is the one file that knows toml++.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/server/config/error.hpp"

namespace starling::config {

struct Value;
struct Entry;

/// In the order of the file.
using List = std::vector<Value>;
using Table = std::vector<Entry>;

struct Text {
  std::string value;
  std::string written;  ///< what may be shown: `value` before the environment went in
};

/// A date or a time; nothing here takes one.
struct CalendarTime {};
/// Something already complained about; whoever reads it says nothing more.
struct Faulty {};

struct Value {
  Place place;
  std::variant<Faulty, Text, std::int64_t, double, bool, CalendarTime, List, Table> held;
};

struct Entry {
  std::string key;
  Place key_place;
  Value value;
};

/// "a string", "an integer", "a list", …
[[nodiscard]] std::string_view kind_of(const Value& value) noexcept;

/// The table at the top, or what is not TOML about the text (the first mistake; behind it nothing can be known).
[[nodiscard]] Result<Table, ConfigError> read_document(std::string_view toml_text, std::string_view file_name);

}  // namespace starling::config

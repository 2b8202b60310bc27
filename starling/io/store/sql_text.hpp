/// @file
/// A statement that is put together: its text, and the parameters in the order in which the text names them.
#pragma once

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "starling/io/store/database.hpp"

namespace starling::store {

class SqlText {
 public:
  SqlText& operator<<(std::string_view text) {
    text_ += text;
    return *this;
  }
  SqlText& operator<<(Timestamp time) { return add(value_of(time)); }
  SqlText& operator<<(std::uint64_t number) { return add(value_of(number)); }
  SqlText& operator<<(std::int64_t number) { return add(Value{number}); }
  SqlText& operator<<(double number) { return add(Value{number}); }

  Database::Affected run(Database& database, const OnRow& on_row = {}) const noexcept { return database.run(text_, values_, on_row); }
  void read_ahead(Database& database) const noexcept { database.read_ahead(text_, values_); }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] const std::vector<Value>& values() const noexcept { return values_; }

 private:
  SqlText& add(const Value& value) {
    values_.push_back(value);
    fmt::format_to(std::back_inserter(text_), "${}", values_.size());
    return *this;
  }
  std::string text_;
  std::vector<Value> values_;
};

/// "(1,2,3)"; never empty, since "()" is no list.
[[nodiscard]] inline std::string list_of(const std::vector<std::int64_t>& numbers) {
  return fmt::format("({})", numbers.empty() ? "-1" : fmt::format("{}", fmt::join(numbers, ",")));
}

}  // namespace starling::store

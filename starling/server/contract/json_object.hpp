/// @file
/// A JSON object being written, member by member.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"

namespace starling::contract {

class JsonObject {
 public:
  /// `value` is JSON already.
  JsonObject& add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '{' : ',';
    json::append_string(text_, name);
    text_ += ':';
    text_ += value;
    return *this;
  }
  JsonObject& say(std::string_view name, std::string_view text) { return add(name, json::quoted(text)); }
  /// The members of another object, JSON of ours.
  JsonObject& add_all(std::string_view object) {
    const auto compact = json::compact(object);
    STARLING_CHECK(compact.has_value());
    for (const json::Member& member : json::Members{*compact}) add(json::decode_inside(member.name), member.value);
    return *this;
  }

  [[nodiscard]] std::string text() const { return text_.empty() ? "{}" : text_ + '}'; }
  [[nodiscard]] bool is_empty() const noexcept { return text_.empty(); }

 private:
  std::string text_;
};

/// The values, JSON already, as an array.
template <class Values>
[[nodiscard]] std::string list_of(const Values& values) {
  return fmt::format("[{}]", fmt::join(values, ","));
}

}  // namespace starling::contract

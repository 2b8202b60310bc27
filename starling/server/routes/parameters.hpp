/// @file
/// The parameters of a URL that every reader has: what is to be shown. What they say is checked as it is in a `subscribe`, and a fault bears the same
/// code, with the parameter as its field.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/core/view/query.hpp"
#include "starling/io/http/query.hpp"

namespace starling::routes {

[[nodiscard]] inline Unexpected<protocol::Error> fault(protocol::ErrorCode code, std::string message, std::string field) {
  return Unexpected{protocol::Error{code, std::move(message), std::move(field), {}, {}}};
}

/// All of the text.
template <class Number>
[[nodiscard]] std::optional<Number> read_number(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// `west,south,east,north` in degrees.
[[nodiscard]] std::optional<geo::Box> read_bounds(std::string_view text);

/// Reads `keys=&bounds=west,south,east,north&where=&fields=` into what is asked of these channels.
[[nodiscard]] Result<view::Query, protocol::Error> read_shown(std::vector<std::string> channels, const http::Query& query);

}  // namespace starling::routes

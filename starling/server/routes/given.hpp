/// @file
/// The parameters of a request, read by what its route says of them: with the same limits, and none that it does not speak of.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/error.hpp"
#include "starling/io/http/message.hpp"
#include "starling/io/http/query.hpp"
#include "starling/server/routes/route.hpp"

namespace starling::routes {

[[nodiscard]] inline Unexpected<protocol::Error> fault(protocol::ErrorCode code, std::string message, std::string field) {
  return Unexpected{protocol::Error{code, std::move(message), std::move(field), {}, {}}};
}
[[nodiscard]] inline Unexpected<protocol::Error> fault(protocol::ErrorCode code, std::string message, const Parameter& parameter) {
  return fault(code, std::move(message), std::string{parameter.name});
}

/// All of the text.
template <class Number>
[[nodiscard]] std::optional<Number> read_number(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// What stands in the query. Every parameter asked for must be one of the route's, and of the kind that is asked for.
class Given {
 public:
  /// 400 for what is no query; `unavailable` for a parameter whose time has not come.
  [[nodiscard]] static Result<Given, http::Response> read(const Route& route, std::string_view query);

  /// The first of this name, as it stands there.
  [[nodiscard]] std::optional<std::string> find(const Parameter& parameter) const;
  /// Of each of this name, the elements of its list.
  [[nodiscard]] std::optional<std::vector<std::string>> list(const Parameter& parameter) const;

  // What is not there is what the description says it then is.
  [[nodiscard]] Result<bool, protocol::Error> flag(const Parameter& parameter) const;
  [[nodiscard]] Result<std::uint64_t, protocol::Error> whole(const Parameter& parameter) const;
  [[nodiscard]] Result<Duration, protocol::Error> period(const Parameter& parameter) const;
  /// Its number among the values.
  [[nodiscard]] Result<std::size_t, protocol::Error> choice(const Parameter& parameter) const;
  [[nodiscard]] Result<std::optional<double>, protocol::Error> number(const Parameter& parameter) const;
  [[nodiscard]] Result<std::optional<Timestamp>, protocol::Error> time(const Parameter& parameter) const;

 private:
  Given(const Route& route, http::Query query) noexcept : route_(&route), query_(std::move(query)) {}

  const Route* route_;
  http::Query query_;
};

}  // namespace starling::routes

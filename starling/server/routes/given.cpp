#include "starling/server/routes/given.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "starling/core/base/check.hpp"
#include "starling/io/http/problem.hpp"
#include "starling/server/config/duration.hpp"

namespace starling::routes {
namespace {

using protocol::Error;
using protocol::ErrorCode;

Unexpected<Error> bad(std::string message, const Parameter& parameter) { return fault(ErrorCode::bad_message, std::move(message), parameter); }

}  // namespace

Result<Given, http::Response> Given::read(const Route& route, std::string_view query) {
  auto parsed = http::Query::parse(query);
  if (!parsed) return Unexpected{http::problem(400, "a % in the query is followed by two hex digits")};
  for (const Parameter* parameter : route.parameters) {
    if (!parameter->is_later || !parsed->find(parameter->name)) continue;
    return Unexpected{http::problem(Error{ErrorCode::unavailable, "what was is told over WebSocket: subscribe with it", std::string{parameter->name}, {}, {}})};
  }
  return Given{route, std::move(*parsed)};
}

std::optional<std::string> Given::find(const Parameter& parameter) const {
  STARLING_CHECK(std::ranges::find(route_->parameters, &parameter) != route_->parameters.end(), parameter.name);
  return query_.find(parameter.name);
}

std::optional<std::vector<std::string>> Given::list(const Parameter& parameter) const {
  if (!find(parameter)) return std::nullopt;
  std::vector<std::string> elements;
  for (const std::string& list : query_.all(parameter.name)) {
    for (std::string& element : http::split_list(list)) elements.push_back(std::move(element));
  }
  return elements;
}

Result<bool, Error> Given::flag(const Parameter& parameter) const {
  const auto text = find(parameter);
  if (!text) return std::get<Flag>(parameter.kind).absent;
  if (*text == "true") return true;
  if (*text == "false") return false;
  return bad(fmt::format("{} is true or false", parameter.name), parameter);
}

Result<std::uint64_t, Error> Given::whole(const Parameter& parameter) const {
  const auto& [min, max, absent] = std::get<Whole>(parameter.kind);
  const auto text = find(parameter);
  if (!text) return absent;
  const auto number = read_number<std::uint64_t>(*text);
  if (number && *number >= min && (!max || *number <= *max)) return *number;
  return bad(max ? fmt::format("{} is a number from {} to {}", parameter.name, min, *max) : fmt::format("{} is a whole number from {}", parameter.name, min), parameter);
}

Result<Duration, Error> Given::period(const Parameter& parameter) const {
  const auto& [max, absent] = std::get<Period>(parameter.kind);
  const auto text = find(parameter);
  if (!text) return absent;
  const auto period = config::read_duration(*text);
  if (period && *period <= max) return *period;
  return bad(fmt::format("{} is a duration from 0s to {}, as in {}={}", parameter.name, config::format_duration(max), parameter.name, config::format_duration(absent)), parameter);
}

Result<std::size_t, Error> Given::choice(const Parameter& parameter) const {
  const auto& values = std::get<Choice>(parameter.kind).values;
  const auto text = find(parameter);
  if (!text) return std::size_t{0};
  const auto found = std::ranges::find(values, *text);
  if (found != values.end()) return static_cast<std::size_t>(found - values.begin());
  return bad(fmt::format("{} is one of {}", parameter.name, fmt::join(values, ", ")), parameter);
}

Result<std::optional<double>, Error> Given::number(const Parameter& parameter) const {
  STARLING_CHECK(std::holds_alternative<Number>(parameter.kind), parameter.name);
  const auto text = find(parameter);
  if (!text) return std::optional<double>{};
  const auto number = read_number<double>(*text);
  if (number && std::isfinite(*number) && *number >= 0) return number;
  return bad(fmt::format("{} is a number, and not negative", parameter.name), parameter);
}

Result<std::optional<Timestamp>, Error> Given::time(const Parameter& parameter) const {
  STARLING_CHECK(std::holds_alternative<Time>(parameter.kind), parameter.name);
  const auto text = find(parameter);
  if (!text) return std::optional<Timestamp>{};
  const auto time = parse_rfc3339(*text);
  if (time) return time;
  return bad(fmt::format("{} is a time like 2026-11-21T09:00:00Z", parameter.name), parameter);
}

}  // namespace starling::routes

#include "starling/server/config/duration.hpp"

#include <array>
#include <limits>

#include "starling/core/base/check.hpp"
#include "starling/server/config/quantity.hpp"

namespace starling::config {
namespace {

constexpr std::array kUnits{Unit{"d", 86'400'000'000}, Unit{"h", 3'600'000'000}, Unit{"m", 60'000'000},
                            Unit{"s", 1'000'000},      Unit{"ms", 1'000},        Unit{"us", 1}};

}  // namespace

std::optional<Duration> read_duration(std::string_view text) noexcept {
  const auto microseconds = read_quantity(text, kUnits);
  if (!microseconds || *microseconds > static_cast<std::uint64_t>(std::numeric_limits<Duration::rep>::max())) {
    return std::nullopt;
  }
  return Duration{static_cast<Duration::rep>(*microseconds)};
}

std::string format_duration(Duration duration) {
  STARLING_CHECK(duration.count() >= 0, duration.count());
  const auto microseconds = static_cast<std::uint64_t>(duration.count());
  if (microseconds == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (microseconds % unit.worth == 0) return std::to_string(microseconds / unit.worth) + std::string{unit.name};
  }
  STARLING_CHECK(false, microseconds);  // the last unit divides everything
}

}  // namespace starling::config

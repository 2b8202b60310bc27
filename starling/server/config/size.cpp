#include "starling/server/config/size.hpp"

#include <array>
#include <span>

#include "starling/core/base/check.hpp"
#include "starling/server/config/quantity.hpp"

namespace starling::config {
namespace {

constexpr std::array kUnits{Unit{"GiB", 1u << 30}, Unit{"MiB", 1u << 20},    Unit{"KiB", 1u << 10},
                            Unit{"B", 1},          Unit{"kB", 1'000},        Unit{"KB", 1'000},
                            Unit{"MB", 1'000'000}, Unit{"GB", 1'000'000'000}};
constexpr std::size_t kWrittenUnits = 4;  // the first of them are what we write

}  // namespace

std::optional<std::uint64_t> read_size(std::string_view text) noexcept { return read_quantity(text, kUnits); }

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0B";
  for (const Unit& unit : std::span{kUnits}.first(kWrittenUnits)) {
    if (bytes % unit.worth == 0) return std::to_string(bytes / unit.worth) + std::string{unit.name};
  }
  STARLING_CHECK(false, bytes);  // a byte divides everything
}

}  // namespace starling::config

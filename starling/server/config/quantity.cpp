#include "starling/server/config/quantity.hpp"

#include <algorithm>
#include <charconv>

namespace starling::config {
namespace {

/// Takes the digits off the front of `text`.
std::string_view take_digits(std::string_view& text) noexcept {
  const std::string_view digits = text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
  text.remove_prefix(digits.size());
  return digits;
}

std::optional<std::uint64_t> whole_number(std::string_view digits) noexcept {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

/// What ".digits" of something worth `worth` comes to, if that is whole.
std::optional<std::uint64_t> fraction_of(std::string_view digits, std::uint64_t worth) noexcept {
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
  if (digits.empty()) return 0;
  const auto numerator = whole_number(digits);
  if (!numerator) return std::nullopt;
  std::uint64_t denominator = 1;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (__builtin_mul_overflow(denominator, std::uint64_t{10}, &denominator)) return std::nullopt;
  }
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(*numerator, worth, &product) || product % denominator != 0) return std::nullopt;
  return product / denominator;
}

}  // namespace

std::optional<std::uint64_t> read_quantity(std::string_view text, std::span<const Unit> units) noexcept {
  const auto whole = whole_number(take_digits(text));
  if (!whole) return std::nullopt;
  std::string_view fraction;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    fraction = take_digits(text);
    if (fraction.empty()) return std::nullopt;
  }
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto unit = std::ranges::find(units, text, &Unit::name);
  if (unit == units.end()) return std::nullopt;

  const auto part = fraction_of(fraction, unit->worth);
  std::uint64_t total = 0;
  if (!part || __builtin_mul_overflow(*whole, unit->worth, &total) || __builtin_add_overflow(total, *part, &total)) {
    return std::nullopt;
  }
  return total;
}

}  // namespace starling::config

#include "starling/sources/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

#include "starling/core/base/check.hpp"

namespace starling::sources {
namespace {

constexpr std::int64_t kPlainCharactersMax = 40;
constexpr std::size_t kDigitsKept = 15;  // what every double carries (std::numeric_limits<double>::digits10)
static_assert(std::numeric_limits<double>::digits10 == static_cast<int>(kDigitsKept));

// Exponents beyond this are zero or infinite to everybody; clamping keeps sums of two of them far from overflow.
constexpr std::int64_t kExponentMax = 1'000'000'000'000;

/// ± digits × 10^exponent. `digits` has neither leading nor trailing zeros; empty is zero.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::int64_t exponent = 0;
};

void trim(Decimal& decimal) {
  const std::size_t last = decimal.digits.find_last_not_of('0');
  const std::size_t kept = last == std::string::npos ? 0 : last + 1;
  decimal.exponent += static_cast<std::int64_t>(decimal.digits.size() - kept);
  decimal.digits.resize(kept);
  decimal.digits.erase(0, std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size()));
}

std::int64_t read_exponent(std::string_view text) {
  const bool negative = text.front() == '-';
  if (negative || text.front() == '+') text.remove_prefix(1);
  std::int64_t value = 0;
  for (const char c : text) value = std::min(kExponentMax, value * 10 + (c - '0'));
  return negative ? -value : value;
}

Decimal read(std::string_view number) {
  STARLING_CHECK(!number.empty());
  Decimal decimal;
  if (number.front() == '-') {
    decimal.negative = true;
    number.remove_prefix(1);
  }
  if (const std::size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    decimal.exponent = read_exponent(number.substr(e + 1));
    number = number.substr(0, e);
  }
  const std::size_t point = number.find('.');
  decimal.digits = number.substr(0, point);
  if (point != std::string_view::npos) {
    const std::string_view fraction = number.substr(point + 1);
    decimal.digits += fraction;
    decimal.exponent -= static_cast<std::int64_t>(fraction.size());
  }
  trim(decimal);
  return decimal;
}

void multiply(Decimal& decimal, const Decimal& by) {
  decimal.negative = decimal.negative != by.negative;
  decimal.exponent += by.exponent;
  if (by.digits == "1") return;
  std::string product(decimal.digits.size() + by.digits.size(), '\0');  // most significant digit first
  for (std::size_t i = decimal.digits.size(); i-- > 0;) {
    int carry = 0;
    for (std::size_t j = by.digits.size(); j-- > 0;) {
      const int sum = product[i + j + 1] + (decimal.digits[i] - '0') * (by.digits[j] - '0') + carry;
      product[i + j + 1] = static_cast<char>(sum % 10);
      carry = sum / 10;
    }
    product[i] = static_cast<char>(product[i] + carry);
  }
  for (char& digit : product) digit = static_cast<char>(digit + '0');
  decimal.digits = std::move(product);
  trim(decimal);
}

/// Half away from zero.
void round_to(Decimal& decimal, std::size_t digits) {
  if (decimal.digits.size() <= digits) return;
  const bool up = decimal.digits[digits] >= '5';
  decimal.exponent += static_cast<std::int64_t>(decimal.digits.size() - digits);
  decimal.digits.resize(digits);
  if (up) {
    std::size_t i = digits;
    while (i > 0 && decimal.digits[i - 1] == '9') decimal.digits[--i] = '0';
    if (i > 0) {
      ++decimal.digits[i - 1];
    } else {
      decimal.digits.insert(decimal.digits.begin(), '1');
    }
  }
  trim(decimal);
}

std::string write(const Decimal& decimal) {
  if (decimal.digits.empty()) return "0";
  const auto digits = static_cast<std::int64_t>(decimal.digits.size());
  const std::int64_t whole = digits + decimal.exponent;  // digits before the point; 0 or less: zeros after it
  std::string text;
  if (decimal.negative) text += '-';
  if (std::max(whole, digits - std::min<std::int64_t>(whole, 0)) > std::max(kPlainCharactersMax, digits)) {
    text += decimal.digits[0];
    if (digits > 1) text.append(".").append(decimal.digits, 1);
    text += 'e';
    text += std::to_string(whole - 1);
  } else if (whole <= 0) {
    text += "0.";
    text.append(static_cast<std::size_t>(-whole), '0');
    text += decimal.digits;
  } else if (whole >= digits) {
    text += decimal.digits;
    text.append(static_cast<std::size_t>(whole - digits), '0');
  } else {
    text.append(decimal.digits, 0, static_cast<std::size_t>(whole));
    text += '.';
    text.append(decimal.digits, static_cast<std::size_t>(whole));
  }
  return text;
}

}  // namespace

std::string shifted(std::string_view number, std::int64_t exponent) {
  Decimal decimal = read(number);
  decimal.exponent += exponent;
  return write(decimal);
}

std::string scaled(std::string_view number, double scale) {
  STARLING_CHECK(std::isfinite(scale), scale);
  std::array<char, 32> text{};  // the longest shortest form is -1.7976931348623157e+308
  const auto written = std::to_chars(text.data(), text.data() + text.size(), scale);
  STARLING_CHECK(written.ec == std::errc{});
  const Decimal by = read({text.data(), static_cast<std::size_t>(written.ptr - text.data())});
  Decimal decimal = read(number);
  if (by.digits.empty()) return "0";
  const std::size_t digits = std::max(kDigitsKept, decimal.digits.size());
  multiply(decimal, by);
  if (by.digits != "1") round_to(decimal, digits);
  return write(decimal);
}

}  // namespace starling::sources

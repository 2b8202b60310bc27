#include "starling/core/view/decimal.hpp"

#include <algorithm>

namespace starling::view {
namespace {

constexpr std::int64_t kExponentMax = 100'000'000'000'000'000;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view& rest) noexcept {
  std::size_t count = 0;
  while (count < rest.size() && is_digit(rest[count])) ++count;
  const std::string_view digits = rest.substr(0, count);
  rest.remove_prefix(count);
  return digits;
}

std::size_t zeros_in_front(std::string_view digits) noexcept { return std::min(digits.find_first_not_of('0'), digits.size()); }

void drop_zeros_at_end(std::string_view& digits) noexcept {
  while (!digits.empty() && digits.back() == '0') digits.remove_suffix(1);
}

}  // namespace

Decimal::Decimal(std::string_view number) noexcept {
  std::string_view rest = number;
  if (rest.starts_with('-')) {
    is_negative_ = true;
    rest.remove_prefix(1);
  }
  head_ = take_digits(rest);
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    tail_ = take_digits(rest);
  }
  std::int64_t exponent = 0;
  if (!rest.empty()) {  // e or E
    rest.remove_prefix(1);
    const bool is_down = rest.starts_with('-');
    if (is_down || rest.starts_with('+')) rest.remove_prefix(1);
    for (const char c : rest) exponent = std::min(exponent * 10 + (c - '0'), kExponentMax);
    if (is_down) exponent = -exponent;
  }
  exponent_ = exponent + static_cast<std::int64_t>(head_.size());
  const std::size_t zeros = zeros_in_front(head_);
  head_.remove_prefix(zeros);
  exponent_ -= static_cast<std::int64_t>(zeros);
  if (head_.empty()) {
    const std::size_t more_zeros = zeros_in_front(tail_);
    tail_.remove_prefix(more_zeros);
    exponent_ -= static_cast<std::int64_t>(more_zeros);
  }
  drop_zeros_at_end(tail_);
  if (tail_.empty()) drop_zeros_at_end(head_);
  if (digits() == 0) {
    is_negative_ = false;
    exponent_ = 0;
  }
}

std::strong_ordering Decimal::compare_magnitude(const Decimal& other) const noexcept {
  if (exponent_ != other.exponent_) return exponent_ <=> other.exponent_;
  const std::size_t common = std::min(digits(), other.digits());
  for (std::size_t i = 0; i < common; ++i) {
    if (digit(i) != other.digit(i)) return digit(i) <=> other.digit(i);
  }
  return digits() <=> other.digits();
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const noexcept {
  const auto sign = [](const Decimal& decimal) { return decimal.digits() == 0 ? 0 : decimal.is_negative_ ? -1 : 1; };
  if (sign(*this) != sign(other)) return sign(*this) <=> sign(other);
  return is_negative_ ? other.compare_magnitude(*this) : compare_magnitude(other);
}

std::string Decimal::text() const {
  if (digits() == 0) return "0";
  std::string text{is_negative_ ? "-" : ""};
  text += head_;
  text += tail_;
  const std::int64_t exponent = exponent_ - static_cast<std::int64_t>(digits());
  if (exponent != 0) text += 'e' + std::to_string(exponent);
  return text;
}

}  // namespace starling::view

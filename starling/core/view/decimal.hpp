/// @file
/// The exact value of a JSON number, for comparing: 1, 1.0 and 10e-1 are equal, and 9007199254740993 is not 9007199254740992, as it would be
/// in a double.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace starling::view {

/// Points into the number's text. Exponents beyond ±10^17 count as that.
class Decimal {
 public:
  /// `number` is a JSON number as `json::compact` lets it pass.
  explicit Decimal(std::string_view number) noexcept;

  /// By value.
  [[nodiscard]] std::strong_ordering operator<=>(const Decimal& other) const noexcept;
  [[nodiscard]] bool operator==(const Decimal& other) const noexcept { return (*this <=> other) == std::strong_ordering::equal; }

  /// A JSON number that is the same for equal values: `-125e-2`.
  [[nodiscard]] std::string text() const;

 private:
  [[nodiscard]] std::size_t digits() const noexcept { return head_.size() + tail_.size(); }
  [[nodiscard]] char digit(std::size_t i) const noexcept { return i < head_.size() ? head_[i] : tail_[i - head_.size()]; }
  [[nodiscard]] std::strong_ordering compare_magnitude(const Decimal& other) const noexcept;

  // ±0.HEADTAIL × 10^exponent, with neither a zero in front nor at the end; zero has no digits.
  bool is_negative_ = false;
  std::int64_t exponent_ = 0;
  std::string_view head_, tail_;  ///< what stood before the point, and after it
};

}  // namespace starling::view

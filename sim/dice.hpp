/// @file
/// Chance in a simulation: from a seed, or as somebody chose beforehand, a byte or two a choice.
///
/// So a fuzzer that changes bytes changes what happens, one operation at a time; and what a seed chose can be written down for it to start from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "starling/core/base/random.hpp"

namespace starling::sim {

/// Choices in the order they are made, by whoever makes them. When they are over, chance is a seed's again.
class Choices {
 public:
  /// What was chosen is read from here; it has to stay.
  explicit Choices(std::span<const std::uint8_t> bytes) noexcept : unread_(bytes) {}
  /// What is chosen is written down.
  Choices() noexcept : is_written_(true) {}

  [[nodiscard]] bool is_read() const noexcept { return !is_written_ && !unread_.empty(); }
  [[nodiscard]] bool is_written() const noexcept { return is_written_; }
  [[nodiscard]] bool is_over() const noexcept { return !is_written_ && unread_.empty(); }
  /// Nothing more is read or written.
  void end() noexcept {
    unread_ = {};
    is_written_ = false;
  }
  /// Little-endian; what is missing is 0.
  [[nodiscard]] std::uint64_t read(int bytes) noexcept {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes && !unread_.empty(); ++i, unread_ = unread_.subspan(1)) value |= std::uint64_t{unread_.front()} << (8 * i);
    return value;
  }
  void write(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) written_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  [[nodiscard]] const std::vector<std::uint8_t>& written() const noexcept { return written_; }

 private:
  std::span<const std::uint8_t> unread_;
  bool is_written_ = false;
  std::vector<std::uint8_t> written_;
};

/// As starling::Random, which it is as long as there are no choices.
class Dice {
 public:
  explicit Dice(std::uint64_t seed, Choices* choices = nullptr) noexcept : seeded_(seed), choices_(choices) {}

  /// A seed for somebody else; never one of the choices.
  std::uint64_t next() noexcept { return seeded_.next(); }
  std::uint64_t below(std::uint64_t end) {
    if (!is_chosen()) return seeded_.below(end);
    const int bytes = end <= 1 ? 0 : end <= 1 << 8 ? 1 : end <= 1 << 16 ? 2 : 8;
    if (choices_->is_read()) return end == 0 ? 0 : choices_->read(bytes) % end;
    const std::uint64_t value = seeded_.below(end);
    choices_->write(value, bytes);
    return value;
  }
  /// One byte however unlikely it is: 0 is yes wherever that is possible, 255 is no wherever that is likely.
  bool chance(double p) {
    if (!is_chosen()) return seeded_.chance(p);
    if (choices_->is_read()) return static_cast<double>(choices_->read(1)) / 256 < p;
    const bool is_so = seeded_.chance(p);
    choices_->write(is_so ? 0 : 255, 1);
    return is_so;
  }

 private:
  [[nodiscard]] bool is_chosen() const noexcept { return choices_ && !choices_->is_over(); }

  starling::Random seeded_;
  Choices* choices_;
};

}  // namespace starling::sim

/// @file
/// A column of many rows as one parameter: PostgreSQL's binary form of an array.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace starling::store {

/// Numbers PostgreSQL gave its types once and for all (pg_type.dat).
inline constexpr std::uint32_t kBigint = 20, kText = 25, kDouble = 701;
inline constexpr std::uint32_t kBigintArray = 1016, kTextArray = 1009, kDoubleArray = 1022;

class PostgresArray {
 public:
  explicit PostgresArray(std::uint32_t element) : element_(element) { bytes_.resize(kHeader); }

  void add(std::int64_t number) {
    append(8);
    append64(static_cast<std::uint64_t>(number));
    ++count_;
  }
  void add(std::string_view text) {
    append(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
    ++count_;
  }
  void add(std::optional<double> number) {
    if (!number) return add_null();
    append(8);
    append64(std::bit_cast<std::uint64_t>(*number));
    ++count_;
  }
  void add(std::optional<std::string_view> text) {
    if (!text) return add_null();
    add(*text);
  }

  [[nodiscard]] std::uint32_t type() const noexcept { return element_ == kBigint ? kBigintArray : element_ == kText ? kTextArray : kDoubleArray; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  /// One dimension, counted from 1. Not of nothing: that is written otherwise.
  [[nodiscard]] std::string taken() && {
    put(0, 1);
    put(4, has_null_ ? 1 : 0);
    put(8, element_);
    put(12, count_);
    put(16, 1);
    return std::move(bytes_);
  }

 private:
  static constexpr std::size_t kHeader = 20;

  void add_null() {
    append(0xFFFF'FFFF);
    has_null_ = true;
    ++count_;
  }
  void put(std::size_t at, std::uint32_t word) noexcept {
    for (std::size_t i = 0; i < 4; ++i) bytes_[at + i] = static_cast<char>(word >> (24 - 8 * i) & 0xFF);
  }
  void append(std::uint32_t word) {
    bytes_.resize(bytes_.size() + 4);
    put(bytes_.size() - 4, word);
  }
  void append64(std::uint64_t word) {
    append(static_cast<std::uint32_t>(word >> 32));
    append(static_cast<std::uint32_t>(word));
  }

  std::uint32_t element_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::string bytes_;
};

}  // namespace starling::store

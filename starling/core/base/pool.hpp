/// @file
/// Many small things of one kind, known by number: four bytes instead of a pointer, and no allocation of its own for each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace starling {

/// A thing stays where it is until it is given back. Memory is kept for the next.
template <class T>
class Pool {
 public:
  using Number = std::uint32_t;

  /// A new T{}.
  [[nodiscard]] Number take() {
    if (!free_.empty()) {
      const Number number = free_.back();
      free_.pop_back();
      (*this)[number] = T{};
      return number;
    }
    if (end_ == pages_.size() * kPageItems) pages_.push_back(std::make_unique<Page>());
    return end_++;
  }
  void give_back(Number number) { free_.push_back(number); }

  [[nodiscard]] T& operator[](Number number) noexcept { return (*pages_[number / kPageItems])[number % kPageItems]; }
  [[nodiscard]] const T& operator[](Number number) const noexcept { return (*pages_[number / kPageItems])[number % kPageItems]; }

  [[nodiscard]] std::size_t in_use() const noexcept { return end_ - free_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return pages_.size() * sizeof(Page) + pages_.capacity() * sizeof(pages_[0]) + free_.capacity() * sizeof(Number);
  }

 private:
  static constexpr std::size_t kPageItems = 256;
  using Page = std::array<T, kPageItems>;

  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<Number> free_;
  Number end_ = 0;  // from here on never used
};

}  // namespace starling

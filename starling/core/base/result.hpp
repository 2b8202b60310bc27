/// @file
/// A value or the reason there is none. The names are `std::expected`'s, so that it can become it.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "starling/core/base/check.hpp"

namespace starling {

/// The failing side of a `Result`: `return Unexpected{FrameError::reserved_bits};`
template <class E>
struct Unexpected {
  E value;
};
template <class E>
Unexpected(E) -> Unexpected<E>;

template <class T, class E>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = E;

  Result(T value) noexcept : held_(std::in_place_index<0>, std::move(value)) {}
  template <class G>
  Result(Unexpected<G> error) noexcept : held_(std::in_place_index<1>, std::move(error.value)) {}

  [[nodiscard]] bool has_value() const noexcept { return held_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& value() & noexcept { return *checked(); }
  [[nodiscard]] const T& value() const& noexcept { return *const_cast<Result*>(this)->checked(); }
  [[nodiscard]] T&& value() && noexcept { return std::move(*checked()); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T&& operator*() && noexcept { return std::move(*this).value(); }
  T* operator->() noexcept { return checked(); }
  const T* operator->() const noexcept { return const_cast<Result*>(this)->checked(); }

  [[nodiscard]] const E& error() const& noexcept {
    STARLING_CHECK(!has_value());
    return *std::get_if<1>(&held_);
  }
  [[nodiscard]] E&& error() && noexcept {
    STARLING_CHECK(!has_value());
    return std::move(*std::get_if<1>(&held_));
  }

 private:
  T* checked() noexcept {
    STARLING_CHECK(has_value());
    return std::get_if<0>(&held_);
  }
  std::variant<T, E> held_;
};

/// Success says nothing, failure says why.
template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() noexcept = default;
  template <class G>
  Result(Unexpected<G> error) noexcept : error_(std::move(error.value)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_; }
  explicit operator bool() const noexcept { return has_value(); }
  [[nodiscard]] const E& error() const noexcept {
    STARLING_CHECK(error_.has_value());
    return *error_;
  }

 private:
  std::optional<E> error_;
};

}  // namespace starling

/// @file
/// Something to be done later: as `std::function<void()>`, in half the bytes, because every connection waits with two of them.
///
/// What it captures lies inside it if that is no more than a pointer, as in most, else on the heap. It is moved, never copied.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace starling::net {

class Step {
 public:
  Step() noexcept = default;
  Step(std::nullptr_t) noexcept {}
  template <class Function>
    requires(!std::same_as<std::remove_cvref_t<Function>, Step> && std::invocable<std::decay_t<Function>&>)
  Step(Function&& function) {
    using Held = std::decay_t<Function>;
    if constexpr (sizeof(Held) <= sizeof captured_ && alignof(Held) <= alignof(void*) && std::is_trivially_copyable_v<Held>) {
      std::construct_at(reinterpret_cast<Held*>(&captured_), std::forward<Function>(function));
      kind_ = &kInside<Held>;
    } else {
      Held* const held = std::make_unique<Held>(std::forward<Function>(function)).release();
      std::memcpy(&captured_, &held, sizeof held);
      kind_ = &kOutside<Held>;
    }
  }
  Step(Step&& other) noexcept : kind_(std::exchange(other.kind_, nullptr)), captured_(other.captured_) {}
  Step& operator=(Step&& other) noexcept {
    Step old{std::move(*this)};  // what it captured may lead back here when it goes
    kind_ = std::exchange(other.kind_, nullptr);
    captured_ = other.captured_;
    return *this;
  }
  ~Step() {
    if (kind_ != nullptr && kind_->destroy != nullptr) kind_->destroy(captured_);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return kind_ != nullptr; }
  /// There must be something to be done.
  void operator()() const { kind_->call(captured_); }

 private:
  struct Captured {
    alignas(void*) std::byte bytes[sizeof(void*)];
  };
  struct Kind {
    void (*call)(Captured&);
    void (*destroy)(Captured&) noexcept;  // null: there is nothing to do
  };
  template <class Held>
  static Held& inside(Captured& captured) noexcept {
    return *std::launder(reinterpret_cast<Held*>(&captured));
  }
  template <class Held>
  static Held* outside(const Captured& captured) noexcept {
    Held* held = nullptr;
    std::memcpy(&held, &captured, sizeof held);
    return held;
  }
  template <class Held>
  static constexpr Kind kInside{[](Captured& captured) { inside<Held>(captured)(); }, nullptr};
  template <class Held>
  static constexpr Kind kOutside{[](Captured& captured) { (*outside<Held>(captured))(); },
                                 [](Captured& captured) noexcept { std::unique_ptr<Held>{outside<Held>(captured)}.reset(); }};

  const Kind* kind_ = nullptr;
  mutable Captured captured_{};
};
static_assert(sizeof(Step) == 2 * sizeof(void*));

}  // namespace starling::net

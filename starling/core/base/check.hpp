/// @file
/// What we rely on, checked where we rely on it, in release builds too. A failed check is our fault: the process
/// says the fact and the values, and ends.
#pragma once

#include <string>
#include <type_traits>

namespace starling {

[[noreturn]] void check_failed(const char* expression, const char* file, int line, const std::string& values) noexcept;

template <class... Values>
std::string check_values(const Values&... values) {
  std::string text;
  [[maybe_unused]] const auto append = [&text](const auto& value) {
    if (!text.empty()) text += ", ";
    if constexpr (std::is_arithmetic_v<std::remove_cvref_t<decltype(value)>>) {
      text += std::to_string(value);
    } else {
      text += value;
    }
  };
  (append(values), ...);
  return text;
}

}  // namespace starling

/// STARLING_CHECK(batch.seq == newest_ + 1, batch.seq, newest_): values after the fact are printed when it is false.
#define STARLING_CHECK(fact, ...)                                                                                \
  (static_cast<bool>(fact) ? static_cast<void>(0)                                                                \
                           : ::starling::check_failed(#fact, __FILE__, __LINE__, ::starling::check_values(__VA_ARGS__)))

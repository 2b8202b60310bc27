/// @file
/// What the kernel says of a process: its memory, its descriptors, and the time it had.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace starling::load {

struct Measured {
  std::size_t resident_bytes = 0;
  std::size_t anonymous_bytes = 0;  ///< of them: heap and stacks
  std::size_t descriptors = 0;
  double cpu_seconds = 0;     ///< of all its threads, user and system; known to 10 ms
  double waited_seconds = 0;  ///< of its main thread, which could have run, while others had the core
};

/// Of a process, by its name in /proc: a number, or "self". Nullopt if there is none. What may not be looked at is 0.
[[nodiscard]] std::optional<Measured> measured(const std::string& process);

/// Ticks of user and system time in the text of /proc/PID/stat, whatever the program is called; nullopt if it is no such text.
[[nodiscard]] std::optional<std::uint64_t> cpu_ticks(std::string_view stat) noexcept;

}  // namespace starling::load

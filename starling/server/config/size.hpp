/// @file
/// Sizes as the configuration writes them: "256KiB", "64MB".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace starling::config {

/// Reads bytes from a number with one of the units B, KiB, MiB, GiB (powers of 1024), kB, KB, MB, GB (powers of
/// 1000).
[[nodiscard]] std::optional<std::uint64_t> read_size(std::string_view text) noexcept;

/// The same back, in the largest power of 1024 that leaves a whole number.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

}  // namespace starling::config

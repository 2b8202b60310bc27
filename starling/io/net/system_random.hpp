/// @file
/// Chance from the system, where every run must differ: seeds, epochs, names nobody can foresee.
#pragma once

#include <cstdint>

namespace starling::net {

[[nodiscard]] std::uint64_t system_random() noexcept;

}  // namespace starling::net

/// @file
/// How many cores this process may use.
#pragma once

#include <cstddef>

namespace starling::net {

/// At least 1. Of a process that is bound to some of the machine's cores: those.
[[nodiscard]] std::size_t core_count() noexcept;

}  // namespace starling::net

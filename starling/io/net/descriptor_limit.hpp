/// @file
/// How many descriptors the process may have; every connection is one.
#pragma once

#include <cstdint>

namespace starling::net {

/// Raises the soft limit to the hard one and returns what it is then.
std::uint64_t raise_descriptor_limit() noexcept;

}  // namespace starling::net

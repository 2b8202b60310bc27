/// @file
/// The only place that reads the clocks.
#pragma once

#include "starling/core/base/time.hpp"

namespace starling::net {

[[nodiscard]] Moment now() noexcept;

}  // namespace starling::net

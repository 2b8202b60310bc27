/// @file
/// Reading every `[[door]]`.
#pragma once

#include <vector>

#include "starling/core/protocol/door.hpp"
#include "starling/server/config/section.hpp"

namespace starling::config {

/// The doors there are: those that are there by default, unless one of the same path says otherwise, and the others. What is wrong goes to `errors`;
/// what comes back then is of no use.
[[nodiscard]] std::vector<protocol::DoorOptions> read_doors(Section& top, ErrorList& errors);

}  // namespace starling::config

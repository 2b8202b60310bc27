/// @file
/// Every dialect there is, by name.
#pragma once

#include <memory>

#include "starling/core/protocol/dialect.hpp"
#include "starling/core/protocol/door.hpp"

namespace starling::protocol {

[[nodiscard]] std::unique_ptr<Dialect> make_dialect(const DoorOptions& door, const DialectSurroundings& surroundings);

}  // namespace starling::protocol

/// @file
/// Messages that a server refuses, and how: one of each kind a viewer's program may get wrong.
#pragma once

#include <cstdint>
#include <string>

#include "sim/dice.hpp"
#include "sim/replies.hpp"

namespace starling::sim {

/// One that is refused as soon as it is read. `ref` is what it bears where it may, quotes included; `id` may be in use, and then goes on.
[[nodiscard]] Mistake random_mistake(Dice& random, const std::string& ref, std::uint32_t id);

}  // namespace starling::sim

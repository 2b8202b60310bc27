/// @file
/// What happened to one entity: what it was, what it is, and why.
#pragma once

#include <cstdint>

#include "starling/core/base/check.hpp"
#include "starling/core/state/entity.hpp"

namespace starling::state {

enum class Cause : std::uint8_t { reported, deleted, expired };

/// Either side may be absent, not both.
struct Change {
  EntityPtr before;
  EntityPtr after;
  Cause cause = Cause::reported;

  [[nodiscard]] const Identity& identity() const noexcept { return after ? *after->identity : *before->identity; }
};

}  // namespace starling::state

/// @file
/// The state as a whole: read for a start, or put in place of what was there.
#pragma once

#include "starling/core/base/result.hpp"
#include "starling/io/store/database.hpp"
#include "starling/io/store/store.hpp"

namespace starling::store {

/// Within a transaction for reading.
[[nodiscard]] Result<void, Failure> read_state(Database& database, StateVisitor& visitor) noexcept;

/// Within a transaction for writing.
[[nodiscard]] Result<void, Failure> replace_state(Database& database, const NextPart& next) noexcept;

}  // namespace starling::store

/// @file
/// Takes old rows out of history, some at a time.
///
/// It goes through the rows in the order of their numbers and remembers for each channel how far it came (`channel.pruned`), so a step costs what it looks
/// at, however many rows were kept behind it. A set row stays until it meets the next row that says what the facet became: so behind it each facet has
/// at most one row, the newest, and none if that one was its removal. Of channels whose history is not kept all rows go, wherever they stand.
#pragma once

#include "starling/core/base/result.hpp"
#include "starling/io/store/database.hpp"
#include "starling/io/store/queries.hpp"

namespace starling::store {

/// Within a transaction for writing.
[[nodiscard]] Result<Pruned, Failure> prune(Database& database, const PruneStep& step) noexcept;

}  // namespace starling::store

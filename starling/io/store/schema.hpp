/// @file
/// The tables, as a list of steps from each version to the next.
///
/// A database knows its version (`meta.version`). Opening it for writing takes the steps it has not taken, all in one transaction. A
/// version later than the list is `newer`, and nothing is touched. What each table and index is for: docs/decisions/0011-store.md.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/store/database.hpp"
#include "starling/io/store/failure.hpp"

namespace starling::store {

/// The first makes version 1 of an empty database.
[[nodiscard]] std::span<const std::string_view> migrations(Dialect dialect) noexcept;

/// The version that is there; 0: nothing is. Fails where there are tables that are not ours.
[[nodiscard]] Result<std::size_t, Failure> version_of(Database& database) noexcept;

/// Takes the steps that are missing. Fails for a later version.
Result<void, Failure> migrate(Database& database, std::span<const std::string_view> steps) noexcept;

/// For a reader: whether the database is of the last version. Changes nothing.
Result<void, Failure> check_version(Database& database, std::span<const std::string_view> steps) noexcept;

}  // namespace starling::store

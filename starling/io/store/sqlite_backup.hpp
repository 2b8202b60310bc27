/// @file
/// A copy of an SQLite database that others go on writing.
#pragma once

#include <string>

#include "starling/core/base/result.hpp"
#include "starling/io/store/failure.hpp"
#include "starling/io/store/store.hpp"

namespace starling::store {

/// Copies `from` as it is now to `to`, over a connection of its own, in steps of 1 MiB with `progress` after each. `to` is replaced when the copy is
/// complete and on the disk; until then it is written beside it, as `to` and ".part", which a failure takes away. Meanwhile the writer's log is kept whole,
/// so it grows by what is written.
[[nodiscard]] Result<void, Failure> sqlite_backup(const std::string& from, const std::string& to, const BackupProgress& progress) noexcept;

}  // namespace starling::store

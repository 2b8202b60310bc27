/// @file
/// A copy of an SQLite database that others go on writing.
#pragma once

#include <cstdint>
#include <string>

#include "starling/core/base/result.hpp"
#include "starling/io/store/copies.hpp"
#include "starling/io/store/failure.hpp"

namespace starling::store {

enum class CopySource : std::uint8_t {
  in_use,  ///< a server may have it open now, or open it meanwhile
  put_by,  ///< nobody has: what has no write-ahead log beside it is read as it lies, also from a medium that may not be written, and nothing is left beside it
};

/// Copies `from` as it is now to `to`, over a connection of its own, in steps of 1 MiB with `progress` after each. `to` is replaced when the copy is
/// complete and on the disk; until then it is written beside it, as `to` and ".part", which a failure takes away. Meanwhile the writer's log is kept whole,
/// so it grows by what is written. The copy is one file, and marked so that a server that starts over it begins a new epoch.
[[nodiscard]] Result<void, Failure> sqlite_backup(const std::string& from, CopySource source, const std::string& to, const CopyProgress& progress) noexcept;

/// The logs of a database, which nobody needs any more.
void remove_companions(const std::string& path) noexcept;
/// What is at `path` is on the disk afterwards. `flags` are `open`'s; false: errno says why not.
[[nodiscard]] bool synced(const std::string& path, int flags) noexcept;
/// The same of the names in the folder of `path`.
[[nodiscard]] bool folder_synced(const std::string& path) noexcept;

}  // namespace starling::store

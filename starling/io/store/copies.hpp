/// @file
/// A copy of the database that a URL names, taken while a server uses it, and put in its place again.
///
/// A copy never continues the numbering it was taken from: others may have gone on from there. A server that starts over one that was put back begins a
/// new epoch, however cleanly the server it was taken from had ended.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/store/failure.hpp"
#include "starling/core/store/rows.hpp"

namespace starling::store {

/// How far it is, of so much; false gives it up.
using CopyProgress = std::function<bool(std::uint64_t done, std::uint64_t all)>;

struct CopyOptions {
  std::string folder = ".";    ///< what a relative path of `sqlite:` is relative to
  bool replaces = false;       ///< a backup: a file that is there already, once the copy is complete
  CopyProgress progress = {};  ///< in pages of the database
};

/// Copies the database as it is now, one moment of it, to `file`; others go on writing meanwhile. A copy that fails leaves what was there before.
/// PostgreSQL has its own program for that, and the failure is its command line.
[[nodiscard]] Result<void, Failure> back_up(std::string_view url, const std::string& file, const CopyOptions& options) noexcept;

struct Restored {
  std::string database;      ///< what is restored now
  std::string kept;          ///< where the database is that was there before; empty: none was
  std::optional<Life> life;  ///< how far the copy was; nullopt: no server had used what it is a copy of
};

/// Puts a copy of `file` in the place of the database: when it is known to be whole, all at once, and with the old one kept beside it. Whatever fails,
/// nothing is lost. `busy` while a server uses the database. Of PostgreSQL, as above.
[[nodiscard]] Result<Restored, Failure> restore(std::string_view url, const std::string& file, const CopyOptions& options) noexcept;

}  // namespace starling::store

/// @file
/// A copy of an SQLite database takes the place of the database.
///
/// It is copied beside the database first, as it and ".restored", and looked at there, so that what was found good is what is put in place. The old one gets a
/// second name, is made one file (its write-ahead log written into it), and is then replaced by a single rename: whenever this ends, the database is the
/// old one or the new one. One that is too damaged for that is kept as it is, log and all.
#pragma once

#include <string>

#include "starling/core/base/result.hpp"
#include "starling/io/store/copies.hpp"

namespace starling::store {

/// `database` is a path.
[[nodiscard]] Result<Restored, Failure> sqlite_restore(const std::string& file, const std::string& database, const CopyProgress& progress) noexcept;

}  // namespace starling::store

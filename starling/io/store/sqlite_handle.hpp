/// @file
/// A connection to an SQLite file for what is done to the file as a whole: copying it, checking it.
#pragma once

#include <memory>
#include <string>

#include <sqlite3.h>

#include "starling/core/base/result.hpp"
#include "starling/io/store/sqlite_failure.hpp"

namespace starling::store {

struct SqliteClose {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
using SqliteHandle = std::unique_ptr<sqlite3, SqliteClose>;

/// `code` came of what was done with `handle`, which may be null.
[[nodiscard]] inline Failure failure_at(const std::string& path, sqlite3* handle, int code) {
  return failure_of_sqlite(path, code, handle != nullptr ? sqlite3_system_errno(handle) : 0, sqlite3_errstr(code));
}

/// `name`: the path, or a URI of it where `flags` have SQLITE_OPEN_URI.
[[nodiscard]] inline Result<SqliteHandle, Failure> open_handle(const std::string& path, const std::string& name, int flags) {
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &made, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  SqliteHandle handle{made};
  if (code != SQLITE_OK) return Unexpected{failure_at(path, made, code)};
  return handle;
}

}  // namespace starling::store

/// @file
/// Has the system read the pages of rows before SQLite asks for them, many at a time.
///
/// SQLite reads a page when it comes to it, and waits for it. A thousand rows of one key lie on as many pages, and each that is not in memory is one wait for the disk,
/// which could have read dozens of them side by side. No answer depends on this: SQLite reads as it always does, and finds in the system's memory what was
/// asked for here. What cannot be found out is not asked for (docs/decisions/0015-read-ahead.md).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <sqlite3.h>

#include "starling/core/base/bytes.hpp"

namespace starling::store {

/// Where in the file a table is.
struct SqliteTable {
  std::uint32_t root = 0;  ///< the page that its tree begins with
  int page_bytes = 0;
};

class SqliteReadAhead {
 public:
  /// For a connection that outlives it.
  explicit SqliteReadAhead(sqlite3* database) noexcept : database_(database) {}

  /// `rows` ascend.
  void rows(const SqliteTable& table, std::span<const std::int64_t> rows) noexcept;

 private:
  /// By which this connection, or another of this process, has the file open; nullopt once none was found, as when another file is in its place.
  [[nodiscard]] std::optional<int> descriptor() noexcept;
  [[nodiscard]] Bytes read(std::int64_t at, int bytes) noexcept;

  sqlite3* database_;
  std::optional<int> descriptor_;  ///< when it was last looked for
  bool is_given_up_ = false;
  std::vector<std::uint8_t> page_;
};

}  // namespace starling::store

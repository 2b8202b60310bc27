/// @file
/// One connection to an SQLite file: WAL, so that readers and the writer do not wait for each other.
///
/// What the settings are and why: docs/decisions/0011-store.md.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include <sqlite3.h>

#include "starling/io/store/database.hpp"
#include "starling/io/store/open_store.hpp"
#include "starling/io/store/sqlite_read_ahead.hpp"
#include "starling/io/store/sqlite_statement.hpp"
#include "starling/io/store/sqlite_writer.hpp"

namespace starling::store {

class SqliteDatabase final : public Database {
 public:
  /// `path` is a file's, as the system knows it; a new one is made for a writer.
  [[nodiscard]] static Result<std::unique_ptr<Database>, Failure> open(const std::string& path, const StoreOptions& options) noexcept;

  [[nodiscard]] Dialect dialect() const noexcept override { return Dialect::sqlite; }
  [[nodiscard]] const std::string& name() const noexcept override { return path_; }
  using Database::run;
  Affected run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) noexcept override;
  void read_ahead(std::string_view sql, std::span<const Value> values) noexcept override;
  Result<void, Failure> run_script(const std::string& sql) noexcept override;
  Result<void, Failure> begin(Access access) noexcept override;
  Result<void, Failure> commit() noexcept override;
  void rollback() noexcept override;
  Result<void, Failure> apply(const Transaction& transaction) noexcept override;

 private:
  struct Close {
    void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  };
  using Handle = std::unique_ptr<sqlite3, Close>;

  SqliteDatabase(std::string path, Handle handle) noexcept : path_(std::move(path)), handle_(std::move(handle)), writer_(handle_.get()), read_ahead_(handle_.get()) {}
  [[nodiscard]] Result<void, Failure> set_up(const StoreOptions& options) noexcept;
  [[nodiscard]] Result<void, Failure> script(const char* sql) noexcept;
  [[nodiscard]] Failure failure(int code) const;

  std::string path_;
  Handle handle_;
  /// By their text; a bounded number of them.
  std::unordered_map<std::string, SqliteStatement> statements_;
  SqliteWriter writer_;
  SqliteReadAhead read_ahead_;
  bool is_durable_ = false;  ///< the level of `synchronous` is FULL now
};

}  // namespace starling::store

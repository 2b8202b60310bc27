#include "starling/io/store/sqlite_database.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "starling/io/store/schema.hpp"
#include "starling/io/store/sqlite_failure.hpp"

namespace starling::store {

namespace {

// Statements that are kept prepared, and how long a text may be to be kept: pages of history have a few dozen shapes.
constexpr std::size_t kStatementsMax = 64;
constexpr std::size_t kStatementBytesMax = 2'048;

// No mmap: a read error or a file cut short under us must be a code and not a SIGBUS.
constexpr const char* kSettingsOfAll = "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";
constexpr const char* kSettingsOfReaders = "PRAGMA query_only = ON; PRAGMA cache_size = -8192;";
// A checkpoint every 16,384 pages (64 MiB): a page that changed in twenty transactions is then written back once.
constexpr const char* kSettingsOfWriters =
    "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 16384; PRAGMA journal_size_limit = 67108864;";

/// Why a file could not be opened. SQLite tries for reading what it cannot open for writing, and then tells why that failed.
int reason_of(const std::string& path, int system_error) noexcept {
  const std::filesystem::path parent = std::filesystem::path{path}.parent_path();
  const std::string folder = parent.empty() ? std::string{"."} : parent.string();
  const bool is_writable = system_error != ENOENT || access(folder.c_str(), W_OK) == 0;
  return is_writable ? system_error : errno;
}

int milliseconds_of(Duration wait) noexcept {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<int>::max()));
}

}  // namespace

Result<std::unique_ptr<Database>, Failure> SqliteDatabase::open(const std::string& path, const StoreOptions& options) noexcept {
  const int access = options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &made, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<SqliteDatabase> database{new SqliteDatabase{path, Handle{made}}};
  if (code != SQLITE_OK) {
    const int system_error = made != nullptr ? sqlite3_system_errno(made) : 0;
    return Unexpected{failure_of_sqlite(path, code, options.read_only ? system_error : reason_of(path, system_error), sqlite3_errstr(code))};
  }
  if (auto ready = database->set_up(options); !ready) return Unexpected{ready.error()};
  return std::unique_ptr<Database>{std::move(database)};
}

Result<void, Failure> SqliteDatabase::set_up(const StoreOptions& options) noexcept {
  sqlite3_busy_timeout(handle_.get(), milliseconds_of(options.busy_wait));
  if (auto done = script(kSettingsOfAll); !done) return done;
  if (options.read_only) return script(kSettingsOfReaders);

  // A file that may not be written is opened for reading without a word.
  if (sqlite3_db_readonly(handle_.get(), "main") == 1) return Unexpected{failure_of_sqlite(path_, SQLITE_READONLY, 0, "it is read-only")};
  // Nothing is changed in what is of somebody else.
  if (auto ours = version_of(*this); !ours) return Unexpected{ours.error()};
  std::string mode;
  auto asked = run("PRAGMA journal_mode = WAL", {}, [&](const Row& row) {
    mode = row.text(0);
    return true;
  });
  if (!asked) return Unexpected{asked.error()};
  if (mode != "wal") {
    return Unexpected{Failure{Fault::other, fmt::format("{}: its file system has no shared memory, so SQLite cannot keep a write-ahead log there: "
                                                        "put it on a local disk", path_)}};
  }
  if (options.bytes_max > 0) {
    const auto limited = run(fmt::format("PRAGMA max_page_count = {}", std::max<std::uint64_t>(options.bytes_max / 4'096, 1)));
    if (!limited) return Unexpected{limited.error()};
  }
  return script(kSettingsOfWriters);
}

Database::Affected SqliteDatabase::run(std::string_view sql, std::span<const Value> values, const OnRow& on_row) noexcept {
  const bool is_kept = sql.size() <= kStatementBytesMax;
  SqliteStatement once;
  SqliteStatement* statement = &once;
  if (is_kept) {
    if (statements_.size() >= kStatementsMax && !statements_.contains(std::string{sql})) statements_.clear();
    statement = &statements_[std::string{sql}];
  }
  int code = statement->is_prepared() ? SQLITE_OK : statement->prepare(handle_.get(), sql);
  for (std::size_t i = 0; code == SQLITE_OK && i < values.size(); ++i) code = statement->bind_one(static_cast<int>(i) + 1, values[i]);
  if (code == SQLITE_OK) {
    while ((code = statement->step()) == SQLITE_ROW) {
      if (on_row && !on_row(*statement)) {
        code = SQLITE_DONE;
        break;
      }
    }
  }
  if (code != SQLITE_DONE) {
    const Failure why = failure(code);
    statement->done();
    return Unexpected{why};
  }
  statement->done();
  return static_cast<std::uint64_t>(sqlite3_changes64(handle_.get()));
}

void SqliteDatabase::read_ahead(std::string_view sql, std::span<const Value> values) noexcept {
  // VACUUM moves it, and may change the size of pages.
  std::optional<SqliteTable> history;
  const auto found = run("SELECT t.rootpage, p.page_size FROM sqlite_schema t, pragma_page_size p WHERE t.name = 'history'", {}, [&](const Row& row) {
    history = SqliteTable{.root = static_cast<std::uint32_t>(row.integer(0)), .page_bytes = static_cast<int>(row.integer(1))};
    return true;
  });
  std::vector<std::int64_t> rows;
  const auto asked = run(sql, values, [&](const Row& row) {
    rows.push_back(row.integer(0));
    return true;
  });
  if (!found || !asked || !history) return;
  std::sort(rows.begin(), rows.end());
  read_ahead_.rows(*history, rows);
}

Result<void, Failure> SqliteDatabase::run_script(const std::string& sql) noexcept { return script(sql.c_str()); }

Result<void, Failure> SqliteDatabase::begin(Access access) noexcept {
  if (access == Access::read) return script("BEGIN");
  // The level holds for transactions that begin; whatever is in the log of earlier ones goes to the disk with this one.
  if (const bool is_durable = access == Access::write_durably; is_durable != is_durable_) {
    if (auto done = script(is_durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"); !done) return done;
    is_durable_ = is_durable;
  }
  return script("BEGIN IMMEDIATE");
}

Result<void, Failure> SqliteDatabase::commit() noexcept { return script("COMMIT"); }

void SqliteDatabase::rollback() noexcept {
  writer_.forget();
  // A full disk has undone it already.
  if (sqlite3_get_autocommit(handle_.get()) == 0) sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

Result<void, Failure> SqliteDatabase::apply(const Transaction& transaction) noexcept {
  if (const int code = writer_.apply(transaction); code != SQLITE_OK) return Unexpected{failure(code)};
  return {};
}

Result<void, Failure> SqliteDatabase::script(const char* sql) noexcept {
  if (const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr); code != SQLITE_OK) return Unexpected{failure(code)};
  return {};
}

Failure SqliteDatabase::failure(int code) const {
  // SQLite's words may be of an earlier failure where the code comes from us.
  const bool is_its = handle_ != nullptr && sqlite3_extended_errcode(handle_.get()) == code;
  const char* said = is_its ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  return failure_of_sqlite(path_, code, handle_ != nullptr ? sqlite3_system_errno(handle_.get()) : 0, said);
}

}  // namespace starling::store

#include "starling/io/store/sqlite_restore.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "starling/io/store/file_lock.hpp"
#include "starling/io/store/life_table.hpp"
#include "starling/io/store/schema.hpp"
#include "starling/io/store/sqlite_backup.hpp"
#include "starling/io/store/sqlite_database.hpp"
#include "starling/io/store/sqlite_failure.hpp"
#include "starling/io/store/sqlite_handle.hpp"

namespace starling::store {

namespace {

// So often SQLite asks whether to go on, in steps of its machine: some times a second.
constexpr int kStepsBetweenQuestions = 100'000;
// A backup or a shell may be reading the old one.
constexpr int kBusyWaitMs = 1'000;

Failure damaged(const std::string& file) { return {Fault::corrupt, fmt::format("{}: is damaged or no database: give another copy; nothing was changed", file)}; }

/// What is told of `copy` is meant of the file it was made of.
template <class Value>
Result<Value, Failure> of_file(Result<Value, Failure> result, const std::string& file) {
  if (!result && result.error().fault == Fault::corrupt) return Unexpected{damaged(file)};
  return result;
}

Result<void, Failure> check_tables(Database& copy, const std::string& file) {
  auto version = version_of(copy);
  if (!version && version.error().fault == Fault::corrupt) return Unexpected{damaged(file)};
  if (!version || *version == 0) return Unexpected{Failure{Fault::other, fmt::format("{}: is no database of Starling: give a copy that starling backup made", file)}};
  const std::size_t known = migrations(Dialect::sqlite).size();
  if (*version <= known) return {};
  return Unexpected{Failure{Fault::newer, fmt::format("{}: was written by a later version of this program (schema {}, this one knows {}): restore it with that one", file, *version, known)}};
}

/// Every page, and whether rows and indexes are where they should be.
Result<void, Failure> check_pages(const std::string& copy, const std::string& file, const CopyProgress& progress) {
  auto handle = open_handle(copy, copy, SQLITE_OPEN_READONLY);
  if (!handle) return Unexpected{handle.error()};
  auto asked = [&] { return !progress || progress(1, 1); };
  sqlite3_progress_handler(handle->get(), kStepsBetweenQuestions, [](void* ask) { return (*static_cast<decltype(asked)*>(ask))() ? 0 : 1; }, &asked);
  std::string said;
  const auto take = [](void* to, int, char** values, char**) {
    *static_cast<std::string*>(to) = values[0] != nullptr ? values[0] : "";
    return 0;
  };
  const int code = sqlite3_exec(handle->get(), "PRAGMA cell_size_check = ON; PRAGMA quick_check(1)", take, &said, nullptr);
  if ((code & 0xFF) == SQLITE_INTERRUPT) return Unexpected{Failure{Fault::other, "the restore was given up; nothing was changed"}};
  if (code != SQLITE_OK) return Unexpected{failure_at(copy, handle->get(), code)};
  if (said != "ok") return Unexpected{damaged(file)};
  return {};
}

/// How far it is, once it is known to be whole and one that a server of this version takes.
Result<std::optional<Life>, Failure> check(const std::string& copy, const std::string& file, const CopyProgress& progress) {
  auto database = SqliteDatabase::open(copy, {.read_only = true});
  if (!database) return Unexpected{database.error()};
  if (auto ours = check_tables(**database, file); !ours) return Unexpected{ours.error()};
  if (auto whole = check_pages(copy, file, progress); !whole) return Unexpected{whole.error()};
  return read_life(**database);
}

bool is_there(const std::string& path) noexcept {
  struct stat found{};
  return lstat(path.c_str(), &found) == 0;
}

Failure failure_of_system(const std::string& path, int error) { return failure_of_sqlite(path, SQLITE_IOERR, error, "the database cannot be replaced"); }

void forget(const std::string& kept) noexcept {
  remove_companions(kept);
  std::error_code ignored;
  std::filesystem::remove(kept, ignored);
}

/// Second names for the old one and for its log, which lose nothing by whatever SQLite does next.
Result<std::string, Failure> keep_old(const std::string& database) {
  std::string kept = database + ".old";
  std::error_code unknown;
  // A restore that was killed may have left a second name of what is there still.
  const auto is_taken = [&] { return is_there(kept) && !std::filesystem::equivalent(kept, database, unknown); };
  for (int number = 2; is_taken(); ++number) kept = fmt::format("{}.old{}", database, number);
  forget(kept);
  for (const std::string_view part : {"-wal", "-journal", ""}) {
    const std::string old = fmt::format("{}{}", database, part), name = fmt::format("{}{}", kept, part);
    if (!is_there(old) || link(old.c_str(), name.c_str()) == 0) continue;
    const int error = errno;
    forget(kept);
    return Unexpected{failure_of_system(name, error)};
  }
  if (!folder_synced(database)) return Unexpected{failure_of_system(kept, errno)};
  return kept;
}

/// Writes its log into the old one, which is one file then: true. False: it is too damaged for that.
Result<bool, Failure> settle_old(const std::string& database) {
  auto handle = open_handle(database, database, SQLITE_OPEN_READWRITE);
  if (!handle) return Unexpected{handle.error()};
  sqlite3_busy_timeout(handle->get(), kBusyWaitMs);
  const int code = sqlite3_exec(handle->get(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) return true;
  const Failure why = failure_at(database, handle->get(), code);
  if (why.fault == Fault::corrupt || why.fault == Fault::other) return false;
  return Unexpected{why};
}

/// The user of the server may read and write the new one as he did the old one, whoever restores it.
bool give_rights(const std::string& copy, const std::string& database) noexcept {
  struct stat old{};
  if (stat(database.c_str(), &old) != 0) return true;
  return (geteuid() != 0 || chown(copy.c_str(), old.st_uid, old.st_gid) == 0) && chmod(copy.c_str(), old.st_mode & 07777) == 0;
}

/// Where the old one is kept.
Result<std::string, Failure> replace(const std::string& database, const std::string& copy) {
  std::string kept;
  if (is_there(database)) {
    if (!give_rights(copy, database)) return Unexpected{failure_of_system(copy, errno)};
    auto old = keep_old(database);
    if (!old) return old;
    kept = std::move(*old);
    auto is_settled = settle_old(database);
    if (!is_settled) {
      forget(kept);
      return Unexpected{is_settled.error()};
    }
    if (*is_settled) remove_companions(kept);
  }
  remove_companions(database);
  if (std::rename(copy.c_str(), database.c_str()) != 0 || !folder_synced(database)) return Unexpected{failure_of_system(database, errno)};
  return kept;
}

}  // namespace

Result<Restored, Failure> sqlite_restore(const std::string& file, const std::string& named, const CopyProgress& progress) noexcept {
  auto lock = lock_database(named);
  if (!lock) return Unexpected{lock.error()};
  std::error_code unknown;
  // What a link leads to is replaced, not the link.
  const std::filesystem::path real = std::filesystem::weakly_canonical(named, unknown);
  const std::string database = unknown ? named : real.string();
  if (std::filesystem::equivalent(file, database, unknown)) {
    return Unexpected{Failure{Fault::other, fmt::format("{}: is the database itself: give a copy of it", file)}};
  }
  const std::string copy = database + ".restored";
  if (auto copied = sqlite_backup(file, CopySource::put_by, copy, progress); !copied) return of_file(Result<Restored, Failure>{Unexpected{copied.error()}}, file);
  Restored restored{.database = database, .kept = {}, .life = {}};
  auto life = of_file(check(copy, file, progress), file);
  auto kept = life ? replace(database, copy) : Result<std::string, Failure>{Unexpected{life.error()}};
  if (!kept) {
    std::filesystem::remove(copy, unknown);
    return Unexpected{kept.error()};
  }
  restored.life = std::move(*life);
  restored.kept = std::move(*kept);
  return restored;
}

}  // namespace starling::store

#include "starling/io/store/sqlite_backup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "starling/io/store/file_lock.hpp"
#include "starling/io/store/sqlite_failure.hpp"
#include "starling/io/store/sqlite_handle.hpp"

namespace starling::store {

namespace {

constexpr int kPagesPerStep = 256;

/// For SQLite, which then neither locks the file nor looks for what could be beside it.
std::string still_uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char byte : path) {
    if (byte == '?' || byte == '#' || byte == '%') uri += fmt::format("%{:02X}", byte);
    else uri += byte;
  }
  return uri + "?immutable=1";
}

Result<SqliteHandle, Failure> opened(const std::string& from, CopySource source) {
  std::error_code unknown;
  const bool is_still = source == CopySource::put_by && !std::filesystem::exists(from + "-wal", unknown);
  return is_still ? open_handle(from, still_uri_of(from), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI) : open_handle(from, from, SQLITE_OPEN_READONLY);
}

Failure failure_of_system(const std::string& path, int error) {
  return failure_of_sqlite(path, SQLITE_IOERR, error, "the copy cannot be completed");
}

/// One file, without a log beside it, that nobody resumes from.
int settle(sqlite3* target) noexcept {
  const int code = sqlite3_exec(target, "PRAGMA journal_mode = MEMORY", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return code;
  const int marked = sqlite3_exec(target, "UPDATE life SET is_clean = 0", nullptr, nullptr, nullptr);
  // What has no such table is no database of ours: whoever puts it back is told so.
  return marked == SQLITE_ERROR ? SQLITE_OK : marked;
}

Result<void, Failure> copied(sqlite3* source, const std::string& from, const std::string& part, const CopyProgress& progress) {
  auto target = open_handle(part, part, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  if (!target) return Unexpected{target.error()};
  // It is synced once, when it is whole.
  sqlite3_exec(target->get(), "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", nullptr, nullptr, nullptr);
  sqlite3_backup* backup = sqlite3_backup_init(target->get(), "main", source, "main");
  if (backup == nullptr) return Unexpected{failure_at(part, target->get(), sqlite3_extended_errcode(target->get()))};
  int code = SQLITE_OK;
  bool is_wanted = true;
  while (code == SQLITE_OK && is_wanted) {
    code = sqlite3_backup_step(backup, kPagesPerStep);
    const int all = sqlite3_backup_pagecount(backup);
    if (progress) is_wanted = progress(static_cast<std::uint64_t>(std::max(all - sqlite3_backup_remaining(backup), 0)), static_cast<std::uint64_t>(all));
  }
  const int finished = sqlite3_backup_finish(backup);
  if (!is_wanted) return Unexpected{Failure{Fault::other, "the copy was given up"}};
  if (code == SQLITE_DONE) code = finished;
  if (code == SQLITE_OK) code = settle(target->get());
  if (code == SQLITE_OK) return {};
  // Reading and writing may both have failed; the target's words are about itself.
  const bool is_target = sqlite3_system_errno(target->get()) != 0 || (code & 0xFF) == SQLITE_FULL || (code & 0xFF) == SQLITE_CANTOPEN;
  return Unexpected{failure_at(is_target ? part : from, is_target ? target->get() : source, code)};
}


}  // namespace

void remove_companions(const std::string& path) noexcept {
  std::error_code ignored;
  for (const char* companion : {"-wal", "-shm", "-journal"}) std::filesystem::remove(path + companion, ignored);
}

bool synced(const std::string& path, int flags) noexcept {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_done = fsync(descriptor) == 0;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  return is_done;
}

bool folder_synced(const std::string& path) noexcept {
  const std::filesystem::path parent = std::filesystem::path{path}.parent_path();
  return synced(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY);
}

Result<void, Failure> sqlite_backup(const std::string& from, CopySource source, const std::string& to, const CopyProgress& progress) noexcept {
  auto handle = opened(from, source);
  if (!handle) return Unexpected{handle.error()};
  // Held for the whole copy: without it every transaction of the writer would begin the copy again.
  const int begun = sqlite3_exec(handle->get(), "BEGIN; SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  if (begun != SQLITE_OK) return Unexpected{failure_at(from, handle->get(), begun)};

  std::error_code ignored;
  if (std::filesystem::equivalent(from, to, ignored)) {
    return Unexpected{Failure{Fault::other, fmt::format("{}: is the database itself: give the copy another name", to)}};
  }
  const std::string part = to + ".part";
  const auto lock = FileLock::take(part);
  if (!lock && lock.error() == EWOULDBLOCK) {
    return Unexpected{Failure{Fault::busy, fmt::format("{}: another copy is being written there: let it finish, or give this one another name", part)}};
  }
  if (!lock) return Unexpected{failure_of_sqlite(part, SQLITE_CANTOPEN, lock.error(), "the copy cannot be made")};
  // What a copy that was killed has left.
  std::filesystem::resize_file(part, 0, ignored);
  auto done = copied(handle->get(), from, part, progress);
  if (done) {
    // A log that is beside `to` is of what was there before.
    const bool is_whole = synced(part, O_RDWR);
    if (is_whole) remove_companions(to);
    const bool is_there = is_whole && std::rename(part.c_str(), to.c_str()) == 0 && folder_synced(to);
    if (!is_there) done = Unexpected{failure_of_system(to, errno)};
  }
  if (!done) {
    remove_companions(part);
    std::filesystem::remove(part, ignored);
  }
  return done;
}

}  // namespace starling::store

#include "starling/io/store/sqlite_backup.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include "starling/io/store/sqlite_failure.hpp"

namespace starling::store {

namespace {

constexpr int kPagesPerStep = 256;

struct Close {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

Failure failure_at(const std::string& path, sqlite3* handle, int code) {
  return failure_of_sqlite(path, code, handle != nullptr ? sqlite3_system_errno(handle) : 0, sqlite3_errstr(code));
}

Result<Handle, Failure> opened(const std::string& path, int flags) {
  sqlite3* made = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &made, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Handle handle{made};
  if (code != SQLITE_OK) return Unexpected{failure_at(path, made, code)};
  return handle;
}

/// What is at `path` is on the disk afterwards.
bool synced(const std::string& path, int flags) noexcept {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool is_done = fsync(descriptor) == 0;
  ::close(descriptor);
  return is_done;
}

Failure failure_of_system(const std::string& path, int error) {
  return failure_of_sqlite(path, SQLITE_IOERR, error, "the copy cannot be completed");
}

Result<void, Failure> copied(sqlite3* source, const std::string& from, const std::string& part, const BackupProgress& progress) {
  auto target = opened(part, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
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
  if (code == SQLITE_DONE) code = finished;
  else if (code == SQLITE_OK) return Unexpected{Failure{Fault::other, fmt::format("{}: the copy was given up", part)}};
  if (code == SQLITE_OK) return {};
  // Reading and writing may both have failed; the target's words are about itself.
  const bool is_target = sqlite3_system_errno(target->get()) != 0 || (code & 0xFF) == SQLITE_FULL || (code & 0xFF) == SQLITE_CANTOPEN;
  return Unexpected{failure_at(is_target ? part : from, is_target ? target->get() : source, code)};
}

}  // namespace

Result<void, Failure> sqlite_backup(const std::string& from, const std::string& to, const BackupProgress& progress) noexcept {
  auto source = opened(from, SQLITE_OPEN_READONLY);
  if (!source) return Unexpected{source.error()};
  // Held for the whole copy: without it every transaction of the writer would begin the copy again.
  const int begun = sqlite3_exec(source->get(), "BEGIN; SELECT count(*) FROM sqlite_schema", nullptr, nullptr, nullptr);
  if (begun != SQLITE_OK) return Unexpected{failure_at(from, source->get(), begun)};

  std::error_code ignored;
  if (std::filesystem::equivalent(from, to, ignored)) {
    return Unexpected{Failure{Fault::other, fmt::format("{}: is the database itself: give the copy another name", to)}};
  }
  const std::string part = fmt::format("{}.part", to);
  std::filesystem::remove(part, ignored);
  auto done = copied(source->get(), from, part, progress);
  if (done) {
    const std::filesystem::path parent = std::filesystem::path{to}.parent_path();
    const std::string folder = parent.empty() ? std::string{"."} : parent.string();
    const bool is_there = synced(part, O_RDWR) && std::rename(part.c_str(), to.c_str()) == 0 && synced(folder, O_RDONLY | O_DIRECTORY);
    if (!is_there) done = Unexpected{failure_of_system(to, errno)};
  }
  if (!done) std::filesystem::remove(part, ignored);
  return done;
}

}  // namespace starling::store

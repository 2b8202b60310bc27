#include "starling/io/store/file_lock.hpp"

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "starling/io/store/sqlite_failure.hpp"

namespace starling::store {

namespace {

bool is_at(const std::string& path, int descriptor) noexcept {
  struct stat held{}, there{};
  return fstat(descriptor, &held) == 0 && stat(path.c_str(), &there) == 0 && held.st_dev == there.st_dev && held.st_ino == there.st_ino;
}

}  // namespace

Result<FileLock, int> FileLock::take(const std::string& path) noexcept {
  while (true) {
    // Whoever may read it may lock it: the file may be of another user, root for example.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return Unexpected{errno};
    FileLock lock{descriptor};
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) return Unexpected{errno};
    // Who had it may have renamed or removed the file meanwhile.
    if (is_at(path, descriptor)) return lock;
  }
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileLock, Failure> lock_database(const std::string& database) noexcept {
  // SQLite's companions are beside the file itself, too, where the name is a link to it.
  std::error_code unknown;
  const std::filesystem::path real = std::filesystem::weakly_canonical(database, unknown);
  const std::string companion = (unknown ? database : real.string()) + "-lock";
  auto lock = FileLock::take(companion);
  if (!lock && lock.error() == EWOULDBLOCK) {
    return Unexpected{Failure{Fault::busy, fmt::format("{}: a server uses it, or it is being restored: stop that server, or give each a database of its own", database)}};
  }
  if (!lock) return Unexpected{failure_of_sqlite(companion, SQLITE_CANTOPEN, lock.error(), "it cannot be locked")};
  // What root makes is the database's owner's, as SQLite has it with its own companions.
  struct stat owner{};
  if (geteuid() == 0 && stat(database.c_str(), &owner) == 0) static_cast<void>(chown(companion.c_str(), owner.st_uid, owner.st_gid));
  return std::move(*lock);
}

}  // namespace starling::store

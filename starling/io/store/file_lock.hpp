/// @file
/// A lock on a file that one holder has at a time: his until the object goes or his process ends, however it ends.
#pragma once

#include <string>

#include "starling/core/base/result.hpp"
#include "starling/io/store/failure.hpp"

namespace starling::store {

class FileLock {
 public:
  /// Makes the file if there is none. Fails with an errno, EWOULDBLOCK while somebody else has it. Whoever removes or renames the file does so while he has the lock.
  [[nodiscard]] static Result<FileLock, int> take(const std::string& path) noexcept;

  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int descriptor) noexcept : descriptor_(descriptor) {}
  int descriptor_;  ///< -1: moved from
};

/// The lock of whoever uses an SQLite database alone, a server or a restore; readers do not ask. `busy` while somebody has it.
///
/// It is on a companion, `database` and "-lock", which stays: SQLite locks the database itself by POSIX locks, and a process that closes any descriptor
/// of a file loses all of those. A database that is put in the place of another is under the same lock.
[[nodiscard]] Result<FileLock, Failure> lock_database(const std::string& database) noexcept;

}  // namespace starling::store

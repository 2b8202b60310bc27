#include "starling/io/store/sqlite_failure.hpp"

#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace starling::store {

namespace {

Fault fault_of_system(int system_error, Fault otherwise) noexcept {
  switch (system_error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return Fault::full;
    case EROFS:
    case EACCES:
    case EPERM: return Fault::read_only;
    default: return otherwise;
  }
}

std::string_view cure_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::busy: return "another program holds it; let it finish, or give each server a file of its own";
    case Fault::full: return "the disk, the quota or the limit is full; free some space";
    case Fault::read_only: return "it cannot be written; give the server's user write access to the file and its folder";
    case Fault::corrupt: return "it is damaged or no database; move it aside and restore a backup, or start with an empty one";
    case Fault::unreachable: return "it cannot be opened; look whether its folder is there";
    case Fault::newer:
    case Fault::other: return "see the documentation of SQLite for this code";
  }
  return "";
}

}  // namespace

Fault fault_of_sqlite(int code, int system_error) noexcept {
  switch (code) {
    case SQLITE_IOERR_DATA:
    case SQLITE_IOERR_CORRUPTFS: return Fault::corrupt;
    case SQLITE_READONLY_DBMOVED: return Fault::unreachable;
    default: break;
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return Fault::busy;
    case SQLITE_FULL: return Fault::full;
    case SQLITE_READONLY:
    case SQLITE_PERM: return Fault::read_only;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Fault::corrupt;
    case SQLITE_CANTOPEN: return fault_of_system(system_error, Fault::unreachable);
    case SQLITE_IOERR: return fault_of_system(system_error, Fault::other);
    default: return Fault::other;
  }
}

Failure failure_of_sqlite(std::string_view path, int code, int system_error, std::string_view said) {
  const Fault fault = fault_of_sqlite(code, system_error);
  const bool is_system = (code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_IOERR;
  const std::string system = is_system && system_error != 0 ? ", " + std::generic_category().message(system_error) : std::string{};
  return {fault, fmt::format("{}: {} (code {}{}): {}", path, said, code, system, cure_of(fault))};
}

}  // namespace starling::store

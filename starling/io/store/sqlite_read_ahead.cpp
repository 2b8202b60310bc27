#include "starling/io/store/sqlite_read_ahead.hpp"

#include <charconv>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>

#include "starling/io/store/sqlite_pages.hpp"

namespace starling::store {

namespace {

constexpr const char* kDescriptors = "/proc/self/fd";

/// By the path that the system has for it, which touches no descriptor of another thread.
bool is_of(const std::filesystem::path& descriptor, const struct stat& file) {
  struct stat found {};
  return stat(descriptor.c_str(), &found) == 0 && found.st_dev == file.st_dev && found.st_ino == file.st_ino;
}

/// The first that is of the file. A server opens its database before it has connections, so few are looked at.
std::optional<int> find_descriptor(const struct stat& file) {
  std::error_code failed;
  for (std::filesystem::directory_iterator each{kDescriptors, failed}, end; !failed && each != end; each.increment(failed)) {
    const std::string name = each->path().filename().string();
    int descriptor = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), descriptor).ec == std::errc{} && is_of(each->path(), file)) return descriptor;
  }
  return std::nullopt;
}

}  // namespace

void SqliteReadAhead::rows(const SqliteTable& table, std::span<const std::int64_t> rows) noexcept {
  const auto file = descriptor();
  if (!file) return;
  const auto at = [&](std::uint32_t page) { return (std::int64_t{page} - 1) * table.page_bytes; };
  find_pages(
      table.root, rows, [&](std::uint32_t page) { return read(at(page), table.page_bytes); },
      [&](std::span<const RowsOnPage> level) {
        for (const RowsOnPage& each : level) posix_fadvise(*file, at(each.page), table.page_bytes, POSIX_FADV_WILLNEED);
      });
}

std::optional<int> SqliteReadAhead::descriptor() noexcept {
  const char* path = sqlite3_db_filename(database_, "main");
  struct stat file {};
  if (is_given_up_ || path == nullptr || stat(path, &file) != 0) return std::nullopt;
  // One of our own cannot be had: closing it would end the locks that SQLite has on the file for the whole process. Between two questions SQLite may close
  // this one, and its number be another file's.
  if (!descriptor_ || !is_of(std::filesystem::path{kDescriptors} / std::to_string(*descriptor_), file)) descriptor_ = find_descriptor(file);
  is_given_up_ = !descriptor_;
  return descriptor_;
}

Bytes SqliteReadAhead::read(std::int64_t at, int bytes) noexcept {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(database_, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == nullptr || file->pMethods == nullptr || at < 0) return {};
  page_.resize(static_cast<std::size_t>(bytes));
  if (file->pMethods->xRead(file, page_.data(), bytes, at) != SQLITE_OK) return {};
  return page_;
}

}  // namespace starling::store

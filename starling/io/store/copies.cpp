#include "starling/io/store/copies.hpp"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

#include "starling/io/store/open_store.hpp"
#include "starling/io/store/postgres_copies.hpp"
#include "starling/io/store/sqlite_backup.hpp"
#include "starling/io/store/sqlite_restore.hpp"
#include "starling/io/store/store_url.hpp"

namespace starling::store {

Result<void, Failure> back_up(std::string_view url, const std::string& file, const CopyOptions& options) noexcept {
  const auto named = read_store_url(url, options.folder);
  if (!named) return Unexpected{named.error()};
  if (named->dialect == Dialect::postgresql) return Unexpected{told_to_dump(named->place, file)};
  std::error_code unknown;
  if (std::filesystem::is_directory(file, unknown)) return Unexpected{Failure{Fault::other, fmt::format("{}: is a folder: name a file in it", file)}};
  if (!options.replaces && std::filesystem::exists(file, unknown)) {
    return Unexpected{Failure{Fault::other, fmt::format("{}: is there already: give the copy another name, or replace it with --force", file)}};
  }
  // Whether it is one of ours.
  if (auto store = open_store(url, {.folder = options.folder, .read_only = true}); !store) return Unexpected{store.error()};
  return sqlite_backup(named->place, CopySource::in_use, file, options.progress);
}

Result<Restored, Failure> restore(std::string_view url, const std::string& file, const CopyOptions& options) noexcept {
  const auto named = read_store_url(url, options.folder);
  if (!named) return Unexpected{named.error()};
  if (named->dialect == Dialect::postgresql) return Unexpected{told_to_restore(named->place, file)};
  return sqlite_restore(file, named->place, options.progress);
}

}  // namespace starling::store

#include "starling/io/store/open_store.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "starling/io/store/database_store.hpp"
#include "starling/io/store/file_lock.hpp"
#include "starling/io/store/postgres_database.hpp"
#include "starling/io/store/schema.hpp"
#include "starling/io/store/sqlite_database.hpp"
#include "starling/io/store/store_url.hpp"

namespace starling::store {

namespace {

using Made = Result<std::unique_ptr<Database>, Failure>;

/// With its tables as this program knows them.
Made prepared(Made made, bool is_reader) {
  if (!made) return made;
  Database& database = **made;
  const auto steps = migrations(database.dialect());
  if (auto ready = is_reader ? check_version(database, steps) : migrate(database, steps); !ready) return Unexpected{ready.error()};
  return made;
}

Connect connect_by(const StoreUrl& url, const StoreOptions& options) {
  const std::string& place = url.place;
  switch (url.dialect) {
    case Dialect::postgresql:
      return [place, options] { return prepared(PostgresDatabase::open(place, options), options.read_only); };
    case Dialect::sqlite:
      // The lock is kept while the connection is lost: meanwhile the file is not to become another one.
      return [place, options, lock = std::make_shared<std::optional<FileLock>>()]() -> Made {
        if (options.exclusive && !*lock) {
          auto taken = lock_database(place);
          if (!taken) return Unexpected{taken.error()};
          lock->emplace(std::move(*taken));
        }
        return prepared(SqliteDatabase::open(place, options), options.read_only);
      };
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>, Failure> open_store(std::string_view url, const StoreOptions& options) noexcept {
  const auto named = read_store_url(url, options.folder);
  if (!named) return Unexpected{named.error()};
  auto store = std::make_unique<DatabaseStore>(connect_by(*named, options));
  if (auto opened = store->reopen(); !opened) return Unexpected{opened.error()};
  return std::unique_ptr<Store>{std::move(store)};
}

}  // namespace starling::store

#include "starling/io/store/open_store.hpp"

#include <filesystem>
#include <utility>

#include "starling/io/store/database_store.hpp"
#include "starling/io/store/postgres_database.hpp"
#include "starling/io/store/schema.hpp"
#include "starling/io/store/sqlite_database.hpp"

namespace starling::store {

namespace {

constexpr std::string_view kSqlite = "sqlite:";

using Made = Result<std::unique_ptr<Database>, Failure>;

/// With its tables as this program knows them.
Made prepared(Made made, bool is_reader) {
  if (!made) return made;
  Database& database = **made;
  const auto steps = migrations(database.dialect());
  if (auto ready = is_reader ? check_version(database, steps) : migrate(database, steps); !ready) return Unexpected{ready.error()};
  return made;
}

Result<Connect, Failure> connect_by(std::string_view url, const StoreOptions& options) {
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    const std::string path = (std::filesystem::path{options.folder} / url.substr(kSqlite.size())).string();
    return Connect{[path, options] { return prepared(SqliteDatabase::open(path, options), options.read_only); }};
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return Connect{[url = std::string{url}, options] { return prepared(PostgresDatabase::open(url, options), options.read_only); }};
  }
  // What it is may hold a password all the same.
  return Unexpected{Failure{Fault::other, "the URL of the store begins with neither sqlite: nor postgresql://: write sqlite:starling.db, for example"}};
}

}  // namespace

Result<std::unique_ptr<Store>, Failure> open_store(std::string_view url, const StoreOptions& options) noexcept {
  auto connect = connect_by(url, options);
  if (!connect) return Unexpected{connect.error()};
  auto store = std::make_unique<DatabaseStore>(std::move(*connect));
  if (auto opened = store->reopen(); !opened) return Unexpected{opened.error()};
  return std::unique_ptr<Store>{std::move(store)};
}

}  // namespace starling::store

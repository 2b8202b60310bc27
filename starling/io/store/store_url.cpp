#include "starling/io/store/store_url.hpp"

#include <filesystem>

namespace starling::store {

Result<StoreUrl, Failure> read_store_url(std::string_view url, const std::string& folder) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite) && url.size() > kSqlite.size()) {
    return StoreUrl{Dialect::sqlite, (std::filesystem::path{folder} / url.substr(kSqlite.size())).string()};
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) return StoreUrl{Dialect::postgresql, std::string{url}};
  // What it is may hold a password all the same.
  return Unexpected{Failure{Fault::other, "the URL of the store begins with neither sqlite: nor postgresql://: write sqlite:starling.db, for example"}};
}

}  // namespace starling::store

/// @file
/// Which database a URL names: `sqlite:PATH` or `postgresql://…` (`postgres://…`).
#pragma once

#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/store/database.hpp"
#include "starling/io/store/failure.hpp"

namespace starling::store {

struct StoreUrl {
  Dialect dialect = Dialect::sqlite;
  std::string place;  ///< the path of the file; the URL as libpq takes it, which may hold a password
};

/// `folder`: what a relative path is relative to. The failure does not repeat the URL.
[[nodiscard]] Result<StoreUrl, Failure> read_store_url(std::string_view url, const std::string& folder);

}  // namespace starling::store

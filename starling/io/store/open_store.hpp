/// @file
/// The database that a URL names.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/base/time.hpp"
#include "starling/io/store/store.hpp"

namespace starling::store {

struct StoreOptions {
  std::string folder = ".";  ///< what a relative path of `sqlite:` is relative to
  bool read_only = false;    ///< a reader beside the writer: it makes no tables and changes nothing
  bool exclusive = false;    ///< as a server uses it: `busy` while another one does. Held as long as the store; with PostgreSQL, as long as the connection
  Duration busy_wait = std::chrono::seconds{5};     ///< for a lock that somebody else holds
  Duration connect_wait = std::chrono::seconds{5};  ///< for a server to answer; whole seconds, two at least
  std::uint64_t bytes_max = 0;  ///< of an SQLite file, then it is `full`; 0: as much as the disk holds
};

/// `sqlite:PATH` or `postgresql://…` (`postgres://…`). Makes the tables in a new database and brings those of an earlier version up to this one;
/// a reader does neither.
[[nodiscard]] Result<std::unique_ptr<Store>, Failure> open_store(std::string_view url, const StoreOptions& options = {}) noexcept;

}  // namespace starling::store

/// @file
/// What SQLite's result codes mean to us.
#pragma once

#include <string_view>

#include "starling/io/store/failure.hpp"

namespace starling::store {

/// `code` is an extended result code; `system_error` the errno of the call that failed, or 0. Source: sqlite.org/rescode.html.
[[nodiscard]] Fault fault_of_sqlite(int code, int system_error) noexcept;

/// `said`: SQLite's own words.
[[nodiscard]] Failure failure_of_sqlite(std::string_view path, int code, int system_error, std::string_view said);

}  // namespace starling::store

/// @file
/// PostgreSQL has programs of its own for copies: how they are called for the database that a URL names.
#pragma once

#include <string>
#include <string_view>

#include "starling/io/store/failure.hpp"

namespace starling::store {

/// What to do instead, with a line for a shell that lacks nothing but the password.
[[nodiscard]] Failure told_to_dump(std::string_view url, const std::string& file);
[[nodiscard]] Failure told_to_restore(std::string_view url, const std::string& file);

}  // namespace starling::store

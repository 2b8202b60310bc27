/// @file
/// What PostgreSQL's SQLSTATEs mean to us, and how a database is called without its password.
#pragma once

#include <string>
#include <string_view>

#include "starling/io/store/failure.hpp"

namespace starling::store {

/// Five characters; empty where the server said nothing, which is when it is not there. Source: PostgreSQL's manual, appendix A.
[[nodiscard]] Fault fault_of_sqlstate(std::string_view state) noexcept;

/// `said`: the words of the server or of libpq, of which the lines become one.
[[nodiscard]] Failure failure_of_postgres(std::string_view name, Fault fault, std::string_view said);

}  // namespace starling::store

/// @file
/// What a run of a server leaves its successor: how far it came, whether it ended cleanly, and then the tail of the log.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/io/store/database.hpp"
#include "starling/core/store/rows.hpp"
#include "starling/io/store/store.hpp"

namespace starling::store {

[[nodiscard]] Result<std::optional<Life>, Failure> read_life(Database& database) noexcept;

// Within a transaction for writing.
[[nodiscard]] Result<void, Failure> begin_life(Database& database, std::string_view epoch, Seq seq, Timestamp at) noexcept;
[[nodiscard]] Result<void, Failure> keep_log(Database& database, std::span<const LogText> batches) noexcept;
[[nodiscard]] Result<void, Failure> end_life(Database& database, Seq seq, Timestamp at) noexcept;

[[nodiscard]] Result<void, Failure> read_log(Database& database, const LogVisitor& visitor) noexcept;

}  // namespace starling::store

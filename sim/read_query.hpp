/// @file
/// A query as a user writes it, the members of a `subscribe` message, read by the protocol's own reader.
#pragma once

#include <string>
#include <string_view>

#include "sim/query.hpp"
#include "starling/core/base/result.hpp"

namespace starling::sim {

/// Fails with one line: what it is that can't be asked, or what the simulator does not judge.
[[nodiscard]] Result<Wish, std::string> read_query(std::string_view text);

}  // namespace starling::sim

/// @file
/// Records as text in columns: channel, key, fields.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "starling/core/session/replica.hpp"

namespace starling {

struct TableSize {
  std::size_t rows_max = 0;     ///< the heading's included; 0: all
  std::size_t columns_max = 0;  ///< characters; 0: all
};

/// Lines, each with its end. No control character of a key or a value gets through to the terminal.
[[nodiscard]] std::string table_of(const std::map<std::string, session::Replica::Records>& channels, TableSize size);

}  // namespace starling

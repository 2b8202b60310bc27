/// @file
/// Reading one `[[source]]`.
#pragma once

#include <optional>

#include "starling/server/config/document.hpp"
#include "starling/server/config/source_config.hpp"

namespace starling::config {

/// `place` is where the table stands. What is wrong goes to `errors`; what comes back then is of no use.
[[nodiscard]] SourceConfig read_source(const Table& table, Place place, ErrorList& errors);

}  // namespace starling::config

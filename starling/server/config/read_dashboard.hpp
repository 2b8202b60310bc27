/// @file
/// Reading `[dashboard]`.
#pragma once

#include "starling/server/config/dashboard_config.hpp"
#include "starling/server/config/section.hpp"

namespace starling::config {

/// What is wrong goes to `errors`; what comes back then is of no use. `place` is that of the table.
[[nodiscard]] DashboardConfig read_dashboard(const Table& table, Place place, ErrorList& errors);

}  // namespace starling::config

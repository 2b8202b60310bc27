/// @file
/// The dashboard, part of the program: made of `dashboard/` when that is built.
#pragma once

#include <span>

#include "starling/server/routes/dashboard.hpp"

namespace starling {

/// None where the program is built without it.
[[nodiscard]] std::span<const routes::Asset> dashboard_assets() noexcept;

}  // namespace starling

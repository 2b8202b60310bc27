/// @file
/// What the operator may decide about the page at `/`.
#pragma once

#include <string>

namespace starling::config {

struct DashboardConfig {
  std::string tile_url;          ///< "https://tiles.example/{z}/{x}/{y}.png"; empty: the map asks nobody
  std::string tile_attribution;  ///< whose they are; there if tile_url is
};

}  // namespace starling::config

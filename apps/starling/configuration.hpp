/// @file
/// The configuration file that a command line names.
#pragma once

#include <optional>
#include <string>

#include "starling/server/config/config.hpp"

namespace starling {

/// The defaults without a name. Nullopt after saying everything that is wrong with the file.
[[nodiscard]] std::optional<config::Config> load_configuration(const std::string& file);

}  // namespace starling

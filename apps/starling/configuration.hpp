/// @file
/// The files that a command line names: the configuration, and what is read whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "starling/server/config/config.hpp"

namespace starling {

/// All of a file, which `option` named. Nullopt after saying why not.
[[nodiscard]] std::optional<std::string> read_text(const std::string& file, std::string_view option);
/// The defaults without a name. Nullopt after saying everything that is wrong with the file.
[[nodiscard]] std::optional<config::Config> load_configuration(const std::string& file);

}  // namespace starling

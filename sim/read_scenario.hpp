/// @file
/// A user's own world from the files and texts he gives: `--config` as the server reads it, and `--query`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario.hpp"
#include "starling/core/base/result.hpp"

namespace starling::sim {

/// `config_file`: empty if there is none. `keys`: so many are reported. Fails with what is wrong, a line each.
[[nodiscard]] Result<Scenario, std::vector<std::string>> read_scenario(const std::string& config_file, const std::vector<std::string>& query_texts,
                                                                       std::uint64_t keys);

}  // namespace starling::sim

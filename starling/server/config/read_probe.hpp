/// @file
/// Reading every `[[probe]]` and `[[receiver]]`.
#pragma once

#include <cstddef>
#include <vector>

#include "starling/server/config/probe_config.hpp"
#include "starling/server/config/section.hpp"

namespace starling::config {

inline constexpr std::size_t kProbesMax = 64;      ///< all are asked at once
inline constexpr std::size_t kReceiversMax = 1024;  ///< asked some at a time

// What is wrong goes to `errors`; what comes back then is of no use.
[[nodiscard]] std::vector<ProbeConfig> read_probes(Section& top, ErrorList& errors);
[[nodiscard]] std::vector<ProbeConfig> read_receivers(Section& top, ErrorList& errors);

}  // namespace starling::config

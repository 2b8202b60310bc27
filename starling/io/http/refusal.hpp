/// @file
/// Why a request is not read any further.
#pragma once

#include <string_view>

namespace starling::http {

struct Refusal {
  unsigned status = 400;
  std::string_view detail;  ///< a constant
  bool operator==(const Refusal&) const = default;
};

}  // namespace starling::http

/// @file
/// Base64 with padding (RFC 4648 §4), one way: we write it and never read it.
#pragma once

#include <string>

#include "starling/core/base/bytes.hpp"

namespace starling {

/// "Zm9v" of "foo"; four characters for every three bytes or part of three.
[[nodiscard]] std::string base64(Bytes bytes);

}  // namespace starling

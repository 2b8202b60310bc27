/// @file
/// How many threads serve: a viewer cannot tell, so tests of a server are held with one and with several.
#pragma once

#include <cstddef>
#include <type_traits>

#include "starling/server/server.hpp"

namespace starling {

using One = std::integral_constant<std::size_t, 1>;
using Three = std::integral_constant<std::size_t, 3>;

template <class Shards>
ServerOptions of() {
  ServerOptions options;
  options.shards = Shards::value;
  return options;
}

}  // namespace starling

/// @file
/// A promise was broken; the text says which.
#pragma once

#include <stdexcept>

namespace starling::sim {

struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace starling::sim

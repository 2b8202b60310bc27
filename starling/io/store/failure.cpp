#include "starling/io/store/failure.hpp"

namespace starling::store {

std::string_view name_of(Fault fault) noexcept {
  switch (fault) {
    case Fault::busy: return "busy";
    case Fault::full: return "full";
    case Fault::read_only: return "read_only";
    case Fault::corrupt: return "corrupt";
    case Fault::unreachable: return "unreachable";
    case Fault::newer: return "newer";
    case Fault::other: return "other";
  }
  return "other";
}

}  // namespace starling::store

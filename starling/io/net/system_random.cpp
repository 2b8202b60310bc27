#include "starling/io/net/system_random.hpp"

#include <sys/random.h>

#include "starling/core/base/check.hpp"

namespace starling::net {

std::uint64_t system_random() noexcept {
  std::uint64_t number = 0;
  const ssize_t bytes = ::getrandom(&number, sizeof number, 0);
  STARLING_CHECK(bytes == sizeof number, bytes);  // up to 256 bytes come whole
  return number;
}

}  // namespace starling::net

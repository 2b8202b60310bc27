#include "starling/core/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace starling {

void check_failed(const char* expression, const char* file, int line, const std::string& values) noexcept {
  std::fprintf(stderr, "starling: check failed: %s%s%s%s at %s:%d\n", expression, values.empty() ? "" : " (", values.c_str(),
               values.empty() ? "" : ")", file, line);
  std::abort();
}

}  // namespace starling

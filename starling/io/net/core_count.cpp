#include "starling/io/net/core_count.hpp"

#include <sched.h>

#include <thread>

namespace starling::net {

std::size_t core_count() noexcept {
  cpu_set_t cores;
  // Fails on a machine of more than 1,024 cores.
  if (::sched_getaffinity(0, sizeof cores, &cores) == 0) return static_cast<std::size_t>(CPU_COUNT(&cores));
  const unsigned all = std::thread::hardware_concurrency();
  return all == 0 ? 1 : all;
}

}  // namespace starling::net

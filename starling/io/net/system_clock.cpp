#include "starling/io/net/system_clock.hpp"

#include <chrono>

namespace starling::net {

Moment now() noexcept {
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  const auto calendar = std::chrono::system_clock::now().time_since_epoch();
  return {Instant{std::chrono::duration_cast<Duration>(steady)},
          Timestamp{std::chrono::duration_cast<Timestamp::duration>(calendar)}};
}

}  // namespace starling::net

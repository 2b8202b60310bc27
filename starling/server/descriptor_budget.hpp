/// @file
/// How many connections the descriptors of the process are enough for: each is one, and so is much else.
///
/// Without this a server that is full finds out by failing to open a file or to reach a broker. So what it needs for itself is kept back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace starling {

struct DescriptorNeeds {
  std::size_t shards = 1, listeners = 1;
  std::size_t source_descriptors = 0;  ///< of all sources
};

struct DescriptorBudget {
  std::size_t connections;
  std::size_t refusals;  ///< besides them, who waits to be told that there is no room
};

/// `limit` 0: nobody knows. Nullopt: it is not enough for one connection.
[[nodiscard]] inline std::optional<DescriptorBudget> budget_descriptors(std::uint64_t limit, std::size_t connections, const DescriptorNeeds& needs) noexcept {
  constexpr std::uint64_t kProcess = 32;    // standard streams, the hub's loop, files that are read and closed again
  constexpr std::uint64_t kPerShard = 8;    // its loop: epoll, timer, wake-up, the ring of its sends
  constexpr std::uint64_t kRefusalsMax = 256;
  if (limit == 0) return DescriptorBudget{connections, kRefusalsMax};
  const std::uint64_t reserved = kProcess + needs.shards * (kPerShard + needs.listeners) + needs.source_descriptors;
  if (limit < reserved + 2) return std::nullopt;
  const std::uint64_t room = limit - reserved;
  const std::uint64_t refusals = std::clamp<std::uint64_t>(room / 16, 1, kRefusalsMax);
  return DescriptorBudget{static_cast<std::size_t>(std::min<std::uint64_t>(connections, room - refusals)), static_cast<std::size_t>(refusals)};
}

}  // namespace starling

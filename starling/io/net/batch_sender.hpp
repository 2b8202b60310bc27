/// @file
/// Many sends in one system call: io_uring, where the kernel lets us have it (docs/decisions/0010-io-uring-for-sends.md).
///
/// Only what comes to an end at once is asked for (MSG_DONTWAIT), so all have been done when `send_all` returns, and nothing is in flight
/// between two turns: it is a loop of `net::send` that enters the kernel once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "starling/io/net/socket.hpp"

namespace starling::net {

/// Made, and then used, by one thread: without that the kernel interrupts the waits of whichever thread made it.
class BatchSender {
 public:
  /// Of one submission.
  static constexpr std::size_t kSendsMax = 256;
  struct Send {
    int socket;
    std::string_view bytes;
  };

  enum class Means : std::uint8_t {
    ring,        ///< if there is one to be had: old kernels have none, and many containers forbid it
    one_by_one,  ///< a system call for each
  };
  explicit BatchSender(Means means = Means::ring);
  ~BatchSender();
  BatchSender(const BatchSender&) = delete;
  BatchSender& operator=(const BatchSender&) = delete;

  [[nodiscard]] bool has_ring() const noexcept { return ring_ != nullptr; }
  /// What became of each, as `net::send` says it. At most `kSendsMax`, each of a connected socket, none twice. They count until the next call.
  [[nodiscard]] std::span<const Transfer> send_all(std::span<const Send> sends);

 private:
  class Ring;
  std::unique_ptr<Ring> ring_;  // null where there is none, and once it has failed
  std::vector<Transfer> results_;
};

}  // namespace starling::net

/// @file
/// A line with a socket buffer: what does not fit waits, and while something waits nothing more is produced for it.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "sim/plants.hpp"
#include "starling/core/fanout/link.hpp"

namespace starling::sim {

class Line final : public fanout::Link {
 public:
  Line(std::size_t buffer_bytes_max, int viewer, Plant& plant) noexcept : buffer_bytes_max_(buffer_bytes_max), viewer_(viewer), plant_(plant) {}

  [[nodiscard]] bool is_writable() const noexcept override { return waiting_.empty() && !is_closed_; }
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return waiting_bytes_; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_; }
  void ping() override {}
  [[nodiscard]] bool is_stalled() const noexcept override { return !waiting_.empty(); }
  void close(std::uint16_t, std::string_view) override { is_closed_ = true; }

  /// The next message the network delivers, if any.
  [[nodiscard]] std::optional<std::string> deliver();
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }

 private:
  std::size_t buffer_bytes_max_;
  int viewer_;
  Plant& plant_;
  std::deque<std::string> buffer_, waiting_;
  std::size_t buffer_bytes_ = 0, waiting_bytes_ = 0;
  std::uint64_t frames_ = 0;
  bool is_closed_ = false;
};

}  // namespace starling::sim

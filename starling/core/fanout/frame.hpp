/// @file
/// One message to viewers, in one contiguous buffer, shared by everybody it goes to.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace starling::fanout {

/// A text message with its WebSocket header in front (server to client: unmasked, FIN, no extension).
class Frame {
 public:
  /// Takes the payload and puts the header before it.
  [[nodiscard]] static std::shared_ptr<const Frame> text(std::string_view payload);

  /// Header and payload: what goes on a WebSocket.
  [[nodiscard]] std::string_view wire() const noexcept { return bytes_; }
  /// The payload alone: what goes elsewhere.
  [[nodiscard]] std::string_view payload() const noexcept { return std::string_view{bytes_}.substr(payload_at_); }

  Frame(std::string bytes, std::size_t payload_at) noexcept : bytes_(std::move(bytes)), payload_at_(payload_at) {}

 private:
  std::string bytes_;
  std::size_t payload_at_;
};

using FramePtr = std::shared_ptr<const Frame>;

}  // namespace starling::fanout

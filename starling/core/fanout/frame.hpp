/// @file
/// One message to viewers, in one contiguous buffer, shared by everybody it goes to.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace starling::fanout {

/// A message with its WebSocket header in front (server to client: unmasked, FIN, no extension).
class Frame {
 public:
  /// What a payload is written behind, so that the header goes before it without moving it: the longest header there is.
  static constexpr std::size_t kHeadroom = 10;

  /// Takes the payload and puts the header before it.
  [[nodiscard]] static std::shared_ptr<const Frame> text(std::string_view payload);
  [[nodiscard]] static std::shared_ptr<const Frame> binary(std::string_view payload);
  /// `text` of a buffer whose first `kHeadroom` bytes are free and whose payload follows them: nothing is copied.
  [[nodiscard]] static std::shared_ptr<const Frame> text_behind_headroom(std::string buffer);

  /// Header and payload: what goes on a WebSocket.
  [[nodiscard]] std::string_view wire() const noexcept { return std::string_view{buffer_}.substr(wire_at_); }
  /// The payload alone: what goes elsewhere.
  [[nodiscard]] std::string_view payload() const noexcept { return std::string_view{buffer_}.substr(kHeadroom); }

  Frame(std::string buffer, std::size_t wire_at) noexcept : buffer_(std::move(buffer)), wire_at_(wire_at) {}

 private:
  std::string buffer_;
  std::size_t wire_at_;
};

using FramePtr = std::shared_ptr<const Frame>;

}  // namespace starling::fanout

/// @file
/// Paths of the program's own, on which WebSocket messages are taken and said as they are: text and binary, nothing of state or views.
///
///     options.raw["/echo"] = {.on_message = [](RawConnection& from, const RawMessage& message) { from.send(message); }};
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace starling {

struct RawMessage {
  std::string_view payload;  ///< UTF-8 if it is text (checked of what comes; of what goes the program's duty)
  bool is_binary = false;
};

/// One viewer's connection. It belongs to the thread on which it is given to a `RawDoor`, and is gone after `on_close`.
class RawConnection {
 public:
  virtual ~RawConnection() = default;

  /// Sends a message, in order. What its socket does not take waits; meanwhile no message is read from it, so who only answers
  /// stays within a message's answer.
  virtual void send(RawMessage message) = 0;
  /// Bytes sent that the socket has not taken yet.
  [[nodiscard]] virtual std::size_t waiting_bytes() const noexcept = 0;
  /// Closes after what is waiting; nothing may be sent after it. `code` is valid on the wire (RFC 6455 §7.4).
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
};

/// What the program does on a path; what is not given is nothing. Called on the threads of the shards, for each connection always on the same one:
/// with more than one shard, what the functions share is used by several threads at once.
struct RawDoor {
  std::function<void(RawConnection&)> on_open = {};
  std::function<void(RawConnection&, const RawMessage&)> on_message = {};
  std::function<void(RawConnection&)> on_close = {};  ///< it may not be sent to any more
  std::size_t message_bytes = 256 << 10;              ///< of what comes; a longer message: close 1009
};

}  // namespace starling

/// @file
/// What goes on over a WebSocket connection, as the connection sees it: a viewer's session, or messages as they are.
///
/// It begins with the connection and is destroyed when that is over, from within a step of the connection; it speaks through the
/// connection's link, which outlives it.
#pragma once

#include <functional>
#include <memory>

#include "starling/core/base/time.hpp"
#include "starling/core/fanout/link.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling::net {

class Conversation {
 public:
  virtual ~Conversation() = default;

  /// A whole message. Only called when `is_ready`.
  virtual void receive(ws::TextMessage& message, Moment now) = 0;
  virtual void receive(ws::BinaryMessage& message, Moment now) = 0;
  /// Whether the next message may be given. If not, nothing is read, and `Link::ready` says when.
  [[nodiscard]] virtual bool is_ready() const noexcept { return true; }
  /// Whether a message has not been answered yet: the peer's close then waits.
  [[nodiscard]] virtual bool is_awaiting() const noexcept { return false; }
  /// Any byte came, whatever it was.
  virtual void heard(Instant /*now*/) noexcept {}
  /// The link takes frames again.
  virtual void drained(Moment /*now*/) {}
};

/// Begins one, on the connection's thread. The answer to the upgrade goes out before what it sends.
using Converse = std::function<std::unique_ptr<Conversation>(fanout::Link& link, Moment now)>;

}  // namespace starling::net

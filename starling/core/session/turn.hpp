/// @file
/// Which message waits for which, so that replies come in the order of the messages.
///
/// Where a publish is answered later, other publishes may follow it meanwhile: their answers come in their order. Any other message is held
/// until all of them have been answered, and so is a publish that finds no room until there is some. Behind what is held nothing is read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/error.hpp"

namespace starling::session {

class Turn {
 public:
  /// As it was read: what could not be read is refused in its turn as well.
  using Message = Result<protocol::ClientMessage, protocol::Error>;

  /// At most so many publishes are awaited at once; at least 1.
  explicit Turn(std::size_t publishes_max) noexcept : publishes_max_(static_cast<std::uint32_t>(std::min<std::size_t>(publishes_max, UINT32_MAX))) {}

  /// Whether the next message may be read.
  [[nodiscard]] bool is_ready() const noexcept { return !held_ && awaited_ < publishes_max_; }
  /// Whether a message has not been answered yet.
  [[nodiscard]] bool is_awaiting() const noexcept { return held_ || awaited_ > 0; }

  /// The next message, when it is ready (checked). Whether its turn is now; if not, it is moved from, and held.
  [[nodiscard]] bool comes(Message& message);
  /// A publish whose turn it is will be answered later.
  void await();
  /// A publish whose turn it is found no room.
  void hold(protocol::Publish publish);

  /// The oldest publish awaited (there is one, checked) has been answered.
  void answered();
  /// What came behind the publishes, once none of them is awaited any more; else null.
  [[nodiscard]] std::unique_ptr<Message> take_behind();
  /// The publish that found no room, to be offered again; null if there is none.
  [[nodiscard]] std::unique_ptr<Message> take_refused();
  /// What is held will never have its turn.
  void drop_held() noexcept { held_.reset(); }

 private:
  [[nodiscard]] static bool is_publish(const Message& message) noexcept;

  std::uint32_t publishes_max_;
  std::uint32_t awaited_ = 0;        ///< publishes that have not been answered yet
  std::unique_ptr<Message> held_;  ///< a publish there was no room for, or what comes behind those awaited
};

}  // namespace starling::session

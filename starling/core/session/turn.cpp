#include "starling/core/session/turn.hpp"

#include <utility>
#include <variant>

namespace starling::session {

bool Turn::comes(Message& message) {
  STARLING_CHECK(is_ready(), awaited_);
  if (awaited_ == 0 || is_publish(message)) return true;
  held_ = std::make_unique<Message>(std::move(message));
  return false;
}

void Turn::await() {
  STARLING_CHECK(is_ready(), awaited_);
  ++awaited_;
}

void Turn::hold(protocol::Publish publish) {
  STARLING_CHECK(!held_);
  held_ = std::make_unique<Message>(protocol::ClientMessage{std::move(publish)});
}

void Turn::answered() {
  STARLING_CHECK(awaited_ > 0);
  --awaited_;
}

std::unique_ptr<Turn::Message> Turn::take_behind() {
  return awaited_ == 0 && held_ && !is_publish(*held_) ? std::exchange(held_, nullptr) : nullptr;
}

std::unique_ptr<Turn::Message> Turn::take_refused() { return held_ && is_publish(*held_) ? std::exchange(held_, nullptr) : nullptr; }

bool Turn::is_publish(const Message& message) noexcept { return message && std::holds_alternative<protocol::Publish>(*message); }

}  // namespace starling::session

#include "starling/server/door_sessions.hpp"

#include "starling/core/ws/close_code.hpp"

namespace starling {
namespace {

class DoorConversation final : public net::Conversation {
 public:
  DoorConversation(session::Shard& shard, std::size_t door, fanout::Link& link, Moment now) : shard_(shard), link_(link), session_(shard.open_door(door, link, now)) {}
  ~DoorConversation() override { shard_.close(session_); }

  void receive(ws::TextMessage& message, Moment now) override { session_.receive(message.text, now); }
  void receive(ws::BinaryMessage&, Moment) override { link_.close(ws::close_code::kUnsupportedData, "only text is spoken here"); }
  void heard(Instant now) noexcept override { session_.heard(now); }
  void drained(Moment now) override { session_.drained(now); }

 private:
  session::Shard& shard_;
  fanout::Link& link_;
  session::DoorSession& session_;
};

}  // namespace

std::unique_ptr<net::Conversation> open_door_session(session::Shard& shard, std::size_t door, fanout::Link& link, Moment now) {
  return std::make_unique<DoorConversation>(shard, door, link, now);
}

}  // namespace starling

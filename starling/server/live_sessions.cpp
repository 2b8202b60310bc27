#include "starling/server/live_sessions.hpp"

#include <fmt/format.h>

#include "starling/core/ws/close_code.hpp"

namespace starling {
namespace {

class LiveConversation final : public net::Conversation {
 public:
  LiveConversation(session::Shard& shard, fanout::Link& link, std::string_view name, std::uint32_t messages_per_second, Moment now)
      : shard_(shard), link_(link), session_(shard.open(link, name, now, view::Rights::everything(), messages_per_second)) {}
  ~LiveConversation() override { shard_.close(session_); }

  void receive(ws::TextMessage& message, Moment now) override { session_.receive(message.text, now); }
  void receive(ws::BinaryMessage&, Moment) override { link_.close(ws::close_code::kUnsupportedData, "only text is spoken here"); }
  bool is_ready() const noexcept override { return session_.is_ready(); }
  bool is_awaiting() const noexcept override { return session_.is_awaiting(); }
  void heard(Instant now) noexcept override { session_.heard(now); }
  void drained(Moment now) override { session_.drained(now.instant); }

 private:
  session::Shard& shard_;
  fanout::Link& link_;
  session::Session& session_;
};

}  // namespace

std::unique_ptr<net::Conversation> LiveSessions::open(fanout::Link& link, std::uint32_t messages_per_second, Moment now) {
  static_assert(session::Name::kBytesMax == 15);  // digits
  return std::make_unique<LiveConversation>(shard_, link, fmt::format("{:015x}", names_.next() >> 4), messages_per_second, now);
}

}  // namespace starling

#include "starling/server/raw_conversations.hpp"

#include <vector>

#include "starling/core/session/liveness.hpp"
#include "starling/core/ws/close_code.hpp"

namespace starling {

class RawConversation final : public net::Conversation, private RawConnection {
 public:
  RawConversation(RawConversations& all, const RawDoor& door, fanout::Link& link, Instant now)
      : all_(all), door_(door), link_(link), number_(++all.last_), liveness_(all.options_, now) {
    all_.open_.emplace(number_, this);
    if (door_.on_open) door_.on_open(*this);
  }
  ~RawConversation() override {
    is_over_ = true;
    if (door_.on_close) door_.on_close(*this);
    all_.open_.erase(number_);
  }

  void receive(ws::TextMessage& message, Moment) override { hand_on({message.text, false}); }
  void receive(ws::BinaryMessage& message, Moment) override { hand_on({message.bytes, true}); }
  /// Who does not read what it is sent is not read from either.
  bool is_ready() const noexcept override { return is_over_ || link_.is_writable(); }
  void heard(Instant now) noexcept override { liveness_.heard(now); }
  void drained(Moment) override {
    liveness_.drained();
    link_.ready();
  }

  void on_time(Instant now, Duration missed) {
    if (is_over_) return;
    if (missed > Duration{0}) liveness_.missed(missed, now);
    switch (liveness_.check(all_.options_, now, link_.is_stalled() ? std::optional{link_.taken_bytes()} : std::nullopt)) {
      case session::Liveness::Verdict::alive: return;
      case session::Liveness::Verdict::heartbeat_due: return link_.ping();
      case session::Liveness::Verdict::dead: return close(ws::close_code::kTimeout, "nothing heard");
    }
  }

  void close(std::uint16_t code, std::string_view reason) override {
    if (std::exchange(is_over_, true)) return;
    link_.close(code, reason);
  }

 private:
  void hand_on(const RawMessage& message) {
    if (!is_over_ && door_.on_message) door_.on_message(*this, message);
  }
  void send(RawMessage message) override {
    if (!is_over_) link_.send(message.is_binary ? fanout::Frame::binary(message.payload) : fanout::Frame::text(message.payload));
  }
  std::size_t waiting_bytes() const noexcept override { return link_.waiting_bytes(); }

  RawConversations& all_;
  const RawDoor& door_;
  fanout::Link& link_;
  std::uint64_t number_;
  session::Liveness liveness_;
  bool is_over_ = false;
};

const RawDoor* RawConversations::find(const std::string& path) const noexcept {
  const auto found = doors_.find(path);
  return found == doors_.end() ? nullptr : &found->second;
}

std::unique_ptr<net::Conversation> RawConversations::open(const RawDoor& door, fanout::Link& link, Moment now) {
  if (!swept_at_) swept_at_ = now.instant;
  return std::make_unique<RawConversation>(*this, door, link, now.instant);
}

void RawConversations::close_all(std::uint16_t code, std::string_view reason) {
  for (const auto& [number, conversation] : open_) conversation->close(code, reason);
}

void RawConversations::on_time(Instant now) {
  if (!swept_at_ || now < *swept_at_ + sweep_period_) return;
  const Duration missed = session::Liveness::missed_time(*swept_at_, sweep_period_, now);
  swept_at_ = now;
  std::vector<RawConversation*> all;  // closing one may end it, later
  for (const auto& [number, conversation] : open_) all.push_back(conversation);
  for (RawConversation* conversation : all) conversation->on_time(now, missed);
  if (open_.empty()) swept_at_.reset();
}

std::optional<Instant> RawConversations::next_due() const noexcept {
  if (!swept_at_) return std::nullopt;
  return *swept_at_ + sweep_period_;
}

}  // namespace starling

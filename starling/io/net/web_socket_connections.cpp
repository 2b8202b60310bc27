#include "starling/io/net/web_socket_connections.hpp"

#include "starling/io/net/system_clock.hpp"

namespace starling::net {
namespace {

/// From our close frame to the peer's, or from the end of what we send to its hanging up.
constexpr Duration kCloseMax = std::chrono::seconds{2};
/// Fewer are sent one by one: a batch costs as much as a send or two besides.
constexpr std::size_t kTogetherMin = 4;
/// Frames for one viewer are copied side by side up to this, and then go in one piece: many small parts cost the kernel more than the copy.
constexpr std::size_t kPieceBytesMax = 16 << 10;
/// For all that go together.
constexpr std::size_t kPiecesBytes = 128 << 10;
/// So many bytes are gathered by all in a turn before those are sent that are there: about what a core's own cache keeps, beside what made them. A turn
/// with less is one send for each viewer; in one with more, who gets frames by several subscriptions may get a second one.
constexpr std::size_t kSendEarlyBytes = 128 << 10;

}  // namespace

void WebSocketConnections::open(Stream socket, std::string answer, std::string_view received, WebSocketOptions options, const Converse& converse) {
  WebSocketConnection& opened = connections_.add([&](std::uint64_t id) {
    return std::make_unique<WebSocketConnection>(*this, id, std::move(socket), std::move(answer), std::move(options));
  });
  ++counters_.opened;
  opened.start(converse, received, now());
}

void WebSocketConnections::flush() {
  if (!sender_) {
    sender_ = std::make_unique<BatchSender>();  // in the first turn, by the thread whose turns they are
    pieces_.resize(kPiecesBytes);
  }
  const Moment moment = now();
  // A connection that has room again gathers anew while it is flushed; that goes out after the next turn, so that
  // nobody with a fast socket holds up the others.
  is_flushing_ = true;
  flushing_.clear();
  flushing_.swap(to_flush_);
  gathered_bytes_ = early_from_ = 0;
  const bool is_many = flushing_.size() >= kTogetherMin;
  for (const std::uint64_t id : flushing_) {
    WebSocketConnection* const found = connections_.find(id);
    if (found == nullptr) continue;
    if (!is_many || !join(*found)) {
      found->flush(moment);
    } else if (is_batch_full()) {
      flush_together(moment);
    }
  }
  flush_together(moment);
  is_flushing_ = false;
  buried_.clear();
  if (!to_flush_.empty()) loop_.defer([] {});
}

void WebSocketConnections::gathered(const WebSocketConnection& of, std::size_t bytes) {
  gathered_bytes_ += bytes;
  if (gathered_bytes_ >= kSendEarlyBytes && !is_flushing_ && sender_) send_early(of);
}

/// Only hands on what can be handed on: whose line has failed, is full or has all it was sent learns of it when it is flushed.
void WebSocketConnections::send_early(const WebSocketConnection& but) {
  const auto send = [this] {
    const std::span<const Transfer> sent = sender_->send_all(sends_);
    for (std::size_t i = 0; i < sent.size(); ++i) together_[i]->took(sent[i]);
    begin_batch();
  };
  for (; early_from_ < to_flush_.size(); ++early_from_) {
    WebSocketConnection* const found = connections_.find(to_flush_[early_from_]);
    // Who has gathered as much as it may, or is about to, goes on when it is flushed: nobody with a fast line is told without end in one turn, and
    // who waits for room is told that there is some.
    if (found == nullptr || found == &but || !found->is_writable()) continue;
    if (join(*found) && is_batch_full()) send();
  }
  send();
  gathered_bytes_ = 0;
}

void WebSocketConnections::flush_together(Moment now) {
  if (sends_.empty()) return;
  const std::span<const Transfer> sent = sender_->send_all(sends_);
  // Whoever ends meanwhile is buried, and so still here.
  for (std::size_t i = 0; i < sent.size(); ++i) together_[i]->flush(now, sent[i]);
  begin_batch();
}

bool WebSocketConnections::join(WebSocketConnection& connection) {
  const std::span<char> room = std::span{pieces_}.subspan(pieces_bytes_, kPieceBytesMax);
  const std::string_view bytes = connection.unsent(room);
  if (bytes.empty()) return false;
  if (bytes.data() == room.data()) pieces_bytes_ += bytes.size();
  together_.push_back(&connection);
  sends_.push_back({connection.socket(), bytes});
  return true;
}

bool WebSocketConnections::is_batch_full() const noexcept {
  return sends_.size() == BatchSender::kSendsMax || pieces_.size() - pieces_bytes_ < kPieceBytesMax;
}

void WebSocketConnections::begin_batch() noexcept {
  together_.clear();
  sends_.clear();
  pieces_bytes_ = 0;
}

void WebSocketConnections::on_time(Instant now) {
  while (!expected_to_close_.empty() && expected_to_close_.front().first <= now) {
    WebSocketConnection* const found = connections_.find(expected_to_close_.front().second);
    expected_to_close_.pop_front();
    if (found != nullptr) found->give_up();
  }
  while (!paused_.empty() && paused_.top().first <= now) {
    WebSocketConnection* const found = connections_.find(paused_.top().second);
    paused_.pop();
    if (found != nullptr) found->resume(net::now());
  }
}

std::optional<Instant> WebSocketConnections::next_due() const noexcept {
  std::optional<Instant> due;
  if (!expected_to_close_.empty()) due = expected_to_close_.front().first;
  if (!paused_.empty() && (!due || paused_.top().first < *due)) due = paused_.top().first;
  return due;
}

void WebSocketConnections::list(WebSocketConnection& connection) { to_flush_.push_back(connection.id()); }

void WebSocketConnections::resume_at(const WebSocketConnection& connection, Instant at) {
  paused_.emplace(at, connection.id());
}

void WebSocketConnections::go_on_later(const WebSocketConnection& connection) {
  loop_.defer([this, id = connection.id()] {
    if (WebSocketConnection* found = connections_.find(id)) found->go_on(now());
  });
}

void WebSocketConnections::expect_close(const WebSocketConnection& connection) {
  expected_to_close_.emplace_back(now().instant + kCloseMax, connection.id());
}

void WebSocketConnections::bury(const WebSocketConnection& connection) {
  if (auto taken = connections_.take(connection.id())) buried_.push_back(std::move(taken));
}

}  // namespace starling::net

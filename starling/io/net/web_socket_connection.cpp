#include "starling/io/net/web_socket_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "starling/core/base/check.hpp"
#include "starling/core/ws/close_code.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/io/net/socket.hpp"
#include "starling/io/net/system_clock.hpp"
#include "starling/io/net/web_socket_connections.hpp"

namespace starling::net {
namespace {

/// Gathered in a turn before the link says it is full: as much as a socket takes at once.
constexpr std::size_t kGatheredBytesMax = 64 << 10;
/// Buffers of one write.
constexpr std::size_t kPartsMax = 64;
/// Reads in a row, so that a peer that sends without end does not hold up the others.
constexpr int kReadsPerStep = 4;
/// A read under TLS is one record at most: after a full one (RFC 8446 §5.1) there may be more.
constexpr std::size_t kTlsRecordBytes = 16 << 10;

}  // namespace

WebSocketConnection::WebSocketConnection(WebSocketConnections& all, std::uint64_t id, Stream socket,
                                         std::string answer, WebSocketOptions options)
    : all_(all),
      id_(id),
      visit_(std::move(options.visit)),
      socket_(std::move(socket)),
      intake_(options.is_exempt ? ws::IntakeLimits{} : all.limits_.intake, now().instant),
      message_bytes_max_(options.message_bytes_max),
      deflates_(options.deflates),
      is_exempt_(options.is_exempt) {
  static_assert(sizeof(WebSocketConnection) <= 160);  // one a connection, most of them idle; what few need is elsewhere
  add(std::move(answer));
}

WebSocketConnection::~WebSocketConnection() { end_conversation(); }

void WebSocketConnection::start(const Converse& converse, std::string_view received, Moment now) {
  conversation_ = converse(*this, now);
  intake_.take_bytes(received.size(), intake_limits(), now.instant);
  if (!received.empty()) take(as_bytes(received), now);
  if (!is_keeping_back()) await_readable();
}

std::string_view WebSocketConnection::unsent(std::span<char> room) const noexcept {
  if (state_ == State::ended || is_awaiting_writable_ || pong_ || !outbox_ || socket_.is_tls()) return {};
  return outbox_->in_one_piece(room);
}

void WebSocketConnection::took(Transfer sent) {
  if (sent.progress == Progress::done) take_sent(sent.bytes);
}

void WebSocketConnection::flush(Moment now, std::optional<Transfer> sent_before) {
  is_listed_ = false;
  if (state_ == State::ended) return;
  if (state_ != State::open) end_conversation();
  if (is_awaiting_writable_) return;
  const bool was_writable = is_writable();
  if (!write(sent_before)) return;
  is_blocked_ = false;
  settle();
  // There is room again: whoever held back goes on, into the next turn.
  if (state_ == State::open && !was_writable) conversation_->drained(now);
}

void WebSocketConnection::give_up() {
  if (state_ != State::ended) end();
}

void WebSocketConnection::go_on(Moment now) {
  if (!is_keeping_back() || must_wait(*held_->kept_back)) return;
  ws::Event event = *std::exchange(held_->kept_back, std::nullopt);
  if (held_->unread.empty()) held_.reset();
  std::visit([&](auto& said) { handle(said, now); }, event);
  await_readable();
}

void WebSocketConnection::resume(Moment now) {
  if (!std::exchange(is_paused_, false) || state_ == State::ended) return;
  STARLING_CHECK(!is_keeping_back());  // who keeps something back reads nothing, and so is not over its rates
  if (const auto held = std::exchange(held_, nullptr)) take(as_bytes(held->unread), now);
  if (!is_keeping_back()) await_readable();
}

void WebSocketConnection::ready() {
  if (is_keeping_back()) all_.go_on_later(*this);
}

bool WebSocketConnection::is_writable() const noexcept {
  return state_ == State::open && !is_blocked_ && waiting_bytes() < kGatheredBytesMax;
}

void WebSocketConnection::send(fanout::FramePtr frame) {
  if (state_ != State::open) return;
  const std::string_view wire = deflates_ ? frame->wire_deflated(all_.deflater_) : frame->wire();
  frames_sent_ += frame->messages();
  gather(std::move(frame), wire);
  list();
  all_.gathered(*this, wire.size());
}

void WebSocketConnection::ping() {
  if (state_ != State::open) return;
  std::string wire;
  ws::append_frame(wire, ws::Opcode::ping, {});
  add(std::move(wire));
}

bool WebSocketConnection::is_stalled() const noexcept {
  return net::is_stalled(send_queue_of(socket_.number()), is_writable(), all_.limits_.timeout);
}

std::uint64_t WebSocketConnection::taken_bytes() const noexcept {
  const std::optional<SendQueue> queue = send_queue_of(socket_.number());
  return queue ? queue->acknowledged_bytes : 0;
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  std::string wire;
  ws::append_close(wire, code, reason);
  add(std::move(wire));
  state_ = State::closing;
  all_.expect_close(*this);
}

void WebSocketConnection::await_readable() {
  if (state_ == State::ended) return;
  const Instant at = now().instant;
  const std::optional<Instant> until = intake_.waits_until(intake_limits(), at);
  if (!until && !held_) return socket_.await_readable([this] { read(); });
  if (until) ++all_.counters_.pauses;
  is_paused_ = true;
  all_.resume_at(*this, until.value_or(at));
}

void WebSocketConnection::read() {
  for (int reads = 0; reads < kReadsPerStep && state_ != State::ended; ++reads) {
    const Moment moment = now();
    if (intake_.waits_until(intake_limits(), moment.instant)) break;
    const auto room = static_cast<std::size_t>(std::min<std::uint64_t>(all_.read_buffer_.size(), intake_.bytes_available(intake_limits(), moment.instant)));
    const Transfer received = socket_.receive(std::span{all_.read_buffer_}.first(room));
    if (received.progress == Progress::would_block) break;
    if (received.progress == Progress::closed && has_peer_closed_ && outbox_) {
      has_hung_up_ = true;  // its side only: it may still read our close
      return;
    }
    if (received.progress != Progress::done) {
      end();
      return;
    }
    intake_.take_bytes(received.bytes, intake_limits(), moment.instant);
    take(Bytes{all_.read_buffer_}.first(received.bytes), moment);
    if (is_keeping_back()) return;
    if (received.bytes < (socket_.is_tls() ? std::min(room, kTlsRecordBytes) : room) || held_) break;
  }
  await_readable();
}

void WebSocketConnection::take(Bytes bytes, Moment now) {
  if (conversation_) conversation_->heard(now.instant);
  ws::MessageReader between_messages{ws::Role::server, {.message_bytes_max = message_bytes_max_}, deflates_ ? &all_.inflater_ : nullptr};
  ws::MessageReader& reader = reader_ ? *reader_ : between_messages;
  const std::uint64_t frames_before = reader.frames();
  reader.receive(bytes, intake_.frames_available(intake_limits(), now.instant));
  while (auto event = reader.next()) {
    if (must_wait(*event)) {
      held_ = std::make_unique<Held>();
      held_->kept_back = std::move(event);
      break;  // what is behind it stays as it came: compressed, it may be a thousand times as much
    }
    std::visit([&](auto& said) { handle(said, now); }, *event);
  }
  intake_.take_frames(reader.frames() - frames_before, intake_limits(), now.instant);
  const Bytes unread = reader.take_unread();
  if (reader.is_between_messages()) {
    reader_.reset();
  } else if (!reader_) {
    reader_ = std::make_unique<ws::MessageReader>(std::move(reader));
  }
  if (unread.empty()) return;
  if (!held_) held_ = std::make_unique<Held>();
  held_->unread = as_text(unread);
}

const ws::IntakeLimits& WebSocketConnection::intake_limits() const noexcept {
  static constexpr ws::IntakeLimits kNone;
  return is_exempt_ ? kNone : all_.limits_.intake;
}

/// A message waits until the conversation takes it, a close until everything before it has been answered.
bool WebSocketConnection::must_wait(const ws::Event& event) const noexcept {
  if (state_ != State::open) return false;
  return std::holds_alternative<ws::Close>(event) ? conversation_->is_awaiting() : !conversation_->is_ready();
}

void WebSocketConnection::handle(ws::TextMessage& message, Moment now) {
  if (state_ != State::open) return;
  ++all_.counters_.received_messages;
  conversation_->receive(message, now);
}

void WebSocketConnection::handle(ws::BinaryMessage& message, Moment now) {
  if (state_ != State::open) return;
  ++all_.counters_.received_messages;
  conversation_->receive(message, now);
}

void WebSocketConnection::handle(const ws::Ping& message, Moment) {
  if (state_ != State::open) return;
  // Only the newest is owed an answer (RFC 6455 §5.5.3), so pings cannot pile up against a socket that is full.
  pong_ = std::make_unique<std::string>(message.payload);
  list();
}

void WebSocketConnection::handle(const ws::Pong&, Moment) {}

void WebSocketConnection::handle(const ws::Close& message, Moment) {
  has_peer_closed_ = true;
  close(message.code, {});
  list();
}

/// Nothing of such a peer is read any more, its close frame neither (RFC 6455 §7.1.7): it is not waited for.
void WebSocketConnection::handle(const ws::Failure& failure, Moment) {
  has_peer_closed_ = true;
  close(failure.code, failure.reason);
  list();
}

void WebSocketConnection::gather(fanout::FramePtr frame, std::string_view wire) {
  if (wire.empty()) return;
  if (!outbox_) outbox_ = all_.outboxes_.take();
  outbox_->add(std::move(frame), wire);
}

void WebSocketConnection::gather(std::string wire) {
  auto frame = std::make_shared<const fanout::Frame>(std::move(wire), 0);
  const std::string_view all_of_it = frame->wire();
  gather(std::move(frame), all_of_it);
}

void WebSocketConnection::add(std::string wire) {
  gather(std::move(wire));
  list();
}

void WebSocketConnection::take_sent(std::size_t bytes) {
  outbox_->take(bytes);
  if (outbox_->empty()) all_.outboxes_.give_back(std::move(outbox_));
  all_.counters_.sent_bytes += bytes;
}

void WebSocketConnection::list() {
  if (!std::exchange(is_listed_, true)) all_.list(*this);
}

/// Everything that waits, if the socket takes it; otherwise false, and it says when it does.
bool WebSocketConnection::write(std::optional<Transfer> sent_before) {
  if (!sent_before && state_ == State::open && pong_ && !is_blocked_) {
    std::string wire;
    ws::append_frame(wire, ws::Opcode::pong, *std::exchange(pong_, nullptr));
    gather(std::move(wire));
  }
  std::array<iovec, kPartsMax> parts;
  while (outbox_) {
    const Transfer sent = sent_before ? *std::exchange(sent_before, std::nullopt) : socket_.send(std::span{parts}.first(outbox_->gather(parts)));
    if (sent.progress == Progress::would_block) {
      is_blocked_ = is_awaiting_writable_ = true;
      socket_.await_writable([this] {
        is_awaiting_writable_ = false;
        list();
      });
      return false;
    }
    if (sent.progress != Progress::done) {
      end();
      return false;
    }
    take_sent(sent.bytes);
  }
  if (pong_ && state_ == State::open) list();
  return true;
}

/// All is written: if that was our close frame and the peer's has come, only its hanging up is missing.
void WebSocketConnection::settle() {
  if (state_ != State::closing || !has_peer_closed_) return;
  if (has_hung_up_) {
    end();
    return;
  }
  socket_.end_sending();
  state_ = State::lingering;
}

void WebSocketConnection::end_conversation() {
  conversation_.reset();
  if (is_keeping_back()) all_.go_on_later(*this);  // there is nobody to wait for any more
}

void WebSocketConnection::end() {
  state_ = State::ended;
  end_conversation();
  socket_.close();
  all_.bury(*this);
}

}  // namespace starling::net

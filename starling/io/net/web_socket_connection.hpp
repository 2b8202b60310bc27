/// @file
/// One RFC 6455 connection: a socket and the conversation on it.
///
/// Frames sent in a turn are gathered and handed to the socket together, mostly at its end. What the socket does not take
/// waits, as shared pointers, and until it is gone the link is not writable, so that core makes nothing for this
/// viewer meanwhile.
///
///     open ──close()──▶ closing (close frame waits) ──written, and the peer's close has come──▶ lingering (until it
///     hangs up) ──▶ ended
///                            └── the peer's close does not come in time, or the socket fails
///                            ──────────────────────────────────▶ ended
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/fanout/link.hpp"
#include "starling/core/ws/intake.hpp"
#include "starling/core/ws/message_reader.hpp"
#include "starling/io/net/conversation.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/outbox.hpp"
#include "starling/io/net/stream.hpp"

namespace starling::net {

class WebSocketConnections;

struct WebSocketOptions {
  std::uint32_t message_bytes_max = 256 << 10;  ///< of what the peer sends; a longer message is failure 1009
  bool deflates = false;                        ///< permessage-deflate was agreed, without context takeover either way (RFC 7692)
  bool is_exempt = false;                       ///< from the intake limits of all connections
  std::shared_ptr<void> visit = {};             ///< let go of when the socket has been closed
};

class WebSocketConnection final : public fanout::Link {
 public:
  /// `answer` (the HTTP head that agrees to the upgrade) goes out before any frame.
  WebSocketConnection(WebSocketConnections& all, std::uint64_t id, Stream socket, std::string answer,
                      WebSocketOptions options);
  ~WebSocketConnection() override;
  WebSocketConnection(const WebSocketConnection&) = delete;
  WebSocketConnection& operator=(const WebSocketConnection&) = delete;

  /// Begins the conversation. `received`: what came behind the HTTP head already.
  void start(const Converse& converse, std::string_view received, Moment now);
  /// The end of a turn: hands what was gathered to the socket. `sent`: what became of `unsent`, which somebody else has handed to it.
  void flush(Moment now, std::optional<Transfer> sent = std::nullopt);
  /// What `flush` would hand to a plain socket, as one piece that stays until then: where it is several buffers, copied into `room`. Nothing if that is too
  /// small, or the socket is not plain.
  [[nodiscard]] std::string_view unsent(std::span<char> room) const noexcept;
  /// What became of `unsent`, in the middle of a turn: no more than that it has gone, as far as it has.
  void took(Transfer sent);
  [[nodiscard]] int socket() const noexcept { return socket_.number(); }
  /// Did not close in time.
  void give_up();
  /// It is within its rates again: what it sent before is read, and then what it sends.
  void resume(Moment now);
  /// Hands on what was kept back, as far as it goes, and then reads again.
  void go_on(Moment now);

  // Link
  [[nodiscard]] bool is_writable() const noexcept override;
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return outbox_ ? outbox_->bytes() : 0; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_sent_; }
  void ping() override;
  [[nodiscard]] bool is_stalled() const noexcept override;
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override;
  void ready() override;
  void close(std::uint16_t code, std::string_view reason) override;

  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  enum class State : std::uint8_t { open, closing, lingering, ended };

  void await_readable();
  void read();
  void take(Bytes bytes, Moment now);
  [[nodiscard]] const ws::IntakeLimits& intake_limits() const noexcept;
  [[nodiscard]] bool is_keeping_back() const noexcept { return held_ && held_->kept_back; }
  [[nodiscard]] bool must_wait(const ws::Event& event) const noexcept;
  void handle(ws::TextMessage& message, Moment now);
  void handle(ws::BinaryMessage& message, Moment now);
  void handle(const ws::Ping& message, Moment now);
  void handle(const ws::Pong& message, Moment now);
  void handle(const ws::Close& message, Moment now);
  void handle(const ws::Failure& failure, Moment now);
  void gather(fanout::FramePtr frame, std::string_view wire);
  void gather(std::string wire);
  void add(std::string wire);
  void take_sent(std::size_t bytes);
  void list();
  [[nodiscard]] bool write(std::optional<Transfer> sent);
  void settle();
  void end_conversation();
  void end();

  WebSocketConnections& all_;
  std::uint64_t id_;
  std::shared_ptr<void> visit_;  // before the socket: it goes after it
  Stream socket_;
  ws::Intake intake_;
  std::unique_ptr<ws::MessageReader> reader_;  // null between messages
  /// Till both are empty nothing is read.
  struct Held {
    std::string unread;                  // taken from the socket, in frames that were too many or behind what is kept back
    std::optional<ws::Event> kept_back;  // what the conversation is too busy for
  };
  std::unique_ptr<Held> held_;  // null where both are, as mostly
  std::unique_ptr<Conversation> conversation_;  // null once it is over
  std::unique_ptr<Outbox> outbox_;              // null while nothing waits
  std::uint64_t frames_sent_ = 0;
  std::unique_ptr<std::string> pong_;  // owed for the newest ping
  std::uint32_t message_bytes_max_;
  bool deflates_;
  bool is_exempt_;
  State state_ = State::open;
  bool is_blocked_ = false;            // bytes of earlier turns wait
  bool is_awaiting_writable_ = false;  // the socket says when it takes them
  bool is_paused_ = false;             // over its rates; all_ resumes it
  bool is_listed_ = false;             // for the flush at the end of the turn
  bool has_peer_closed_ = false;       // its close frame has come, or will not be read
  bool has_hung_up_ = false;           // and the end of what it sends, before our close was written
};

}  // namespace starling::net

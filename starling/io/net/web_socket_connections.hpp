/// @file
/// All RFC 6455 connections of a thread, and what they share: one read buffer, one inflater and one deflater, outboxes to be had by who has
/// something to send, the flush at the end of a turn.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/numbered.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/batch_sender.hpp"
#include "starling/io/net/web_socket_connection.hpp"

namespace starling::net {

struct WebSocketCounters {
  std::uint64_t opened = 0;
  std::uint64_t received_messages = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t pauses = 0;  ///< times somebody over its rates was not read from
};

/// Of all connections of a thread.
struct WebSocketLimits {
  Duration timeout = std::chrono::seconds{60};  ///< a socket that is acknowledged within so long is alive, however slow
  ws::IntakeLimits intake = {};                 ///< of what a peer sends that is not exempt; over it, it is not read from
};

class WebSocketConnections {
 public:
  WebSocketConnections(EventLoop& loop, const WebSocketLimits& limits) : loop_(loop), limits_(limits) {}

  /// Takes over a socket whose upgrade was agreed to. `answer` goes out first; `received` came behind the request.
  void open(Stream socket, std::string answer, std::string_view received, WebSocketOptions options, const Converse& converse);

  /// The end of a turn: everything gathered goes out, and what has ended is gone.
  void flush();
  /// To be called at `next_due`: ends those that did not close in time, reads again from those that are within their rates.
  void on_time(Instant now);
  [[nodiscard]] std::optional<Instant> next_due() const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return connections_.size(); }
  [[nodiscard]] const WebSocketCounters& counters() const noexcept { return counters_; }
  /// Of frames, each counted once however many it went to.
  [[nodiscard]] const ws::DeflateCounters& deflated() const noexcept { return deflater_.counters(); }

 private:
  friend class WebSocketConnection;  // the members below are for connections

  /// `of` has gathered so many bytes more. When many have been gathered by all, those of the others are sent while they are in the processor's cache.
  void gathered(const WebSocketConnection& of, std::size_t bytes);
  void send_early(const WebSocketConnection& but);
  /// Sends what these have in one go, and flushes them.
  void flush_together(Moment now);
  /// Whether what it has goes with the batch: its plain socket takes one piece.
  [[nodiscard]] bool join(WebSocketConnection& connection);
  [[nodiscard]] bool is_batch_full() const noexcept;
  void begin_batch() noexcept;
  void list(WebSocketConnection& connection);
  void resume_at(const WebSocketConnection& connection, Instant at);
  void go_on_later(const WebSocketConnection& connection);
  void expect_close(const WebSocketConnection& connection);
  void bury(const WebSocketConnection& connection);

  EventLoop& loop_;
  WebSocketLimits limits_;
  std::array<std::uint8_t, 64 << 10> read_buffer_;  // filled and emptied within one step
  ws::Inflater inflater_;
  ws::Deflater deflater_;
  SpareOutboxes outboxes_;
  Numbered<WebSocketConnection> connections_;
  std::vector<std::uint64_t> to_flush_, flushing_;
  // Those whose sends go together, and what they are; the sender is made by the thread that runs the loop, in its first turn.
  std::vector<WebSocketConnection*> together_;
  std::vector<BatchSender::Send> sends_;
  std::unique_ptr<BatchSender> sender_;
  std::vector<char> pieces_;  // what of these sends was several buffers
  std::size_t pieces_bytes_ = 0;
  std::size_t gathered_bytes_ = 0;  // in this turn, since what is before `early_from_` in the list to be flushed was sent early
  std::size_t early_from_ = 0;
  bool is_flushing_ = false;
  std::vector<std::unique_ptr<WebSocketConnection>>
      buried_;  // gone at the end of the turn, when nobody is inside them
  std::deque<std::pair<Instant, std::uint64_t>> expected_to_close_;  // in order of time: everybody has as long
  using Pause = std::pair<Instant, std::uint64_t>;
  std::priority_queue<Pause, std::vector<Pause>, std::greater<>> paused_;  // at most one a connection; it may have gone
  WebSocketCounters counters_;
};

}  // namespace starling::net

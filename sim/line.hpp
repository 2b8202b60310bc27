/// @file
/// A viewer's connection under simulated time, frame by frame as it stands on the wire: its far end is the server's way out, its near end the
/// viewer's.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "sim/plants.hpp"
#include "sim/stream.hpp"
#include "starling/core/fanout/link.hpp"
#include "starling/core/session/door_session.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling::sim {

/// The number of every client at a door.
inline constexpr int kGuest = -1;

class Line final : public fanout::Link {
 public:
  /// `now` is the clock of the simulation.
  /// `gathered_bytes_max`: so much may wait before it says it is full, as a connection gathers what one turn has for it; 0: nothing.
  Line(StreamHabits habits, std::size_t gathered_bytes_max, const Moment& now, Dice& random, int viewer, Plant& plant);

  [[nodiscard]] bool is_writable() const noexcept override { return !is_blocked_ && !is_closed_; }
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return down_.waiting_bytes(); }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_; }
  void ping() override;
  [[nodiscard]] bool is_stalled() const noexcept override { return is_waiting_ && !down_.is_in_flight(now_.instant); }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return down_.read_bytes(); }
  void close(std::uint16_t code, std::string_view reason) override;

  /// The server's turn: it reads what has arrived, as far as its session takes it, and goes on where there is room again.
  void serve(session::Session& session);
  void serve(session::DoorSession& session);

  /// The viewer's turn.
  void say(std::string_view message);
  /// The next message that has arrived whole; pings on the way are answered.
  [[nodiscard]] std::optional<std::string> deliver();
  /// Whether the next `deliver` may bring something.
  [[nodiscard]] bool has_arrived() const noexcept { return !messages_.empty() || down_.has_arrived(now_.instant); }
  /// The server's close frame has arrived.
  [[nodiscard]] bool is_over() const noexcept { return is_over_ && messages_.empty(); }
  void become_good();
  /// Messages that its session has been given.
  [[nodiscard]] std::uint64_t heard_messages() const noexcept { return heard_messages_; }
  /// The server has closed it with this; 0: it has not.
  [[nodiscard]] std::uint16_t close_code() const noexcept { return close_code_; }

  /// Throws unless the server keeps it, or has closed it, as silence and unread bytes have it.
  void check_life(const session::SessionOptions& options) const;

 private:
  void note_waiting();
  /// `Session` is either of both.
  template <class Session>
  void serve_any(Session& session);
  template <class Session>
  void take(ws::Event& event, Session& session);

  const Moment& now_;
  Dice& random_;
  int viewer_;
  Plant& plant_;
  Stream down_, up_;
  ws::MessageReader from_server_{ws::Role::client}, from_viewer_{ws::Role::server};
  std::deque<ws::Event> kept_back_;    // by the server, until its session takes messages
  std::deque<std::string> messages_;   // read by the viewer, and not looked at yet
  std::uint64_t frames_ = 0;
  std::uint64_t heard_messages_ = 0;
  Instant heard_, read_;               // a byte came to the server, to the viewer
  std::size_t gathered_bytes_max_;
  bool is_blocked_ = false;            // more waits, or the server has not been told yet that nothing does
  bool is_waiting_ = false;            // something waits, or did when the server last looked
  Instant waits_;                      // since then
  Instant waited_{};                   // when it last ended: silence begins anew
  bool is_over_ = false;
  bool is_closed_ = false;
  std::uint16_t close_code_ = 0;
  Duration silent_{}, stuck_{};        // then: since when nothing was heard, since when it read nothing though something waited
};

}  // namespace starling::sim

/// @file
/// The body of an answer under simulated time, byte by byte: its far end is the server's way out, its near end the reader's.
#pragma once

#include <string>

#include "sim/stream.hpp"
#include "starling/core/fanout/outlet.hpp"
#include "starling/core/session/reading.hpp"

namespace starling::sim {

class Body final : public fanout::Outlet {
 public:
  /// `now` is the clock of the simulation.
  /// `gathered_bytes_max`: so much may wait before it says it is full, as a connection gathers what one turn has for it; 0: nothing.
  Body(StreamHabits habits, std::size_t gathered_bytes_max, const Moment& now, Dice& random);

  [[nodiscard]] bool is_writable() const noexcept override { return !is_blocked_ && !is_ended_; }
  void write(std::string before, fanout::FramePtr frame, std::string after) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return down_.waiting_bytes(); }
  [[nodiscard]] bool is_stalled() const noexcept override { return is_waiting_ && !down_.is_in_flight(now_.instant); }
  [[nodiscard]] std::uint64_t taken_bytes() const noexcept override { return down_.arrived_bytes(now_.instant); }
  void end() override { is_ended_ = true; }
  void drop() override;

  /// The server's turn: it goes on where there is room again.
  void serve(session::Reading& reading);

  /// The reader's turn: some of what has arrived.
  [[nodiscard]] std::string read() { return down_.read(now_.instant); }
  [[nodiscard]] bool has_arrived() const noexcept { return down_.has_arrived(now_.instant); }
  /// The server has ended it, and all of it has been read; or dropped it.
  [[nodiscard]] bool is_over() const noexcept { return is_dropped_ || (is_ended_ && down_.is_empty()); }
  [[nodiscard]] bool is_dropped() const noexcept { return is_dropped_; }
  void become_good() { down_.become_good(now_.instant); }

  /// Throws unless the server keeps it, or has dropped it, as unread bytes have it. `is_told`: something comes with every heartbeat.
  void check_life(const session::SessionOptions& options, bool is_told) const;

 private:
  [[nodiscard]] Instant arrived_at() const noexcept;

  const Moment& now_;
  Stream down_;
  std::size_t gathered_bytes_max_;
  Instant opened_;
  bool is_blocked_ = false;  // more waits, or the server has not been told yet that nothing does
  bool is_waiting_ = false;  // something waits, or did when the server last looked
  Instant waits_;            // since then
  Instant waited_;           // when it last ended
  bool is_ended_ = false, is_dropped_ = false;
  Duration silent_{}, stuck_{};  // when it was dropped: since when nothing arrived, since when something waited and nothing arrived
};

}  // namespace starling::sim

/// @file
/// Bytes to and from a server over one socket, plain or under TLS: what goes over it is for its owner to say.
///
/// It does not come again by itself as `client::Connection` does, and owns nothing but what the socket has not taken yet.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "starling/core/base/bytes.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/stream.hpp"
#include "starling/load/door.hpp"

namespace starling::load {

/// None may destroy the wire.
struct WireHandlers {
  std::function<void()> on_open;
  std::function<void(Bytes bytes)> on_bytes;
  std::function<void()> on_lost;  ///< `why_lost` says why; not of what `cut` ended, nor of what failed in the constructor
};

class Wire {
 public:
  enum class State : std::uint8_t { connecting, open, lost };
  enum class Ending : std::uint8_t { reset, hang_up };

  /// `receive_bytes` is the size of the socket's receive queue, 0 the system's: who has a small one and does not read is noticed soon.
  Wire(net::EventLoop& loop, const Door& door, int receive_bytes, WireHandlers handlers);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// What is appended here goes with the next `flush`.
  [[nodiscard]] std::string& out() noexcept { return out_; }
  void flush();
  void pause() noexcept { is_paused_ = true; }
  void go_on();
  /// Ends it at once: without a word, or by a reset.
  void cut(Ending ending, std::string why = "cut");

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const std::string& why_lost() const noexcept { return why_lost_; }
  /// So far, under TLS what was inside of it.
  [[nodiscard]] std::uint64_t received_bytes() const noexcept { return received_bytes_; }

 private:
  void finish_connect();
  void await_bytes();
  void receive();
  void lose(std::string why);

  WireHandlers handlers_;
  State state_ = State::connecting;
  std::string why_lost_;
  std::optional<net::Stream> socket_;
  std::string out_;
  std::uint64_t received_bytes_ = 0;
  bool awaits_readable_ = false, awaits_writable_ = false, is_paused_ = false;
};

}  // namespace starling::load

/// @file
/// One WebSocket over a real socket, as a viewer has it: it reads unless it is told not to, and can be cut wherever it is.
///
/// It does not come again by itself as `client::Connection` does: when somebody leaves and returns is for the soak to say.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/ws/message_reader.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/stream.hpp"
#include "starling/io/net/tls_context.hpp"

namespace starling::soak {

/// Where the server listens, and what it speaks there.
struct Door {
  sockaddr_storage address{};
  socklen_t address_bytes = 0;
  std::string host;                              ///< for `Host`
  std::shared_ptr<const net::TlsContext> tls{};  ///< null where it is plain
};
/// On 127.0.0.1.
[[nodiscard]] Door tcp_door(std::uint16_t port, std::shared_ptr<const net::TlsContext> tls = nullptr);
[[nodiscard]] Door unix_door(const std::string& path);

class Line {
 public:
  enum class State : std::uint8_t { connecting, shaking_hands, open, lost };
  enum class Ending : std::uint8_t { reset, hang_up };

  /// `receive_bytes` is the size of the socket's receive queue: who has a small one and does not read is noticed soon. `on_open` and `on_text`
  /// must not destroy the line.
  Line(net::EventLoop& loop, const Door& door, int receive_bytes, std::function<void()> on_open, std::function<void(const std::string&)> on_text);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  /// Only while it is open. What is gathered goes with the next that is sent, or by `flush`.
  void send(std::string_view text);
  void gather(std::string_view text);
  void flush();
  void pause() noexcept { is_paused_ = true; }
  void go_on();
  /// Ends it at once: without a word, or by a reset.
  void cut(Ending ending);

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool was_open() const noexcept { return was_open_; }
  [[nodiscard]] const std::string& why_lost() const noexcept { return why_lost_; }

 private:
  void await_bytes();
  void receive();
  void receive_head(Bytes bytes);
  void receive_frames(Bytes bytes);
  void write(ws::Opcode opcode, std::string_view payload);
  void lose(std::string why);

  std::string host_;
  std::function<void()> on_open_;
  std::function<void(const std::string&)> on_text_;
  State state_ = State::connecting;
  std::string why_lost_;
  std::optional<net::Stream> socket_;
  std::string key_;   // of the handshake
  std::string head_;  // of its answer
  std::optional<ws::MessageReader> reader_;
  std::string out_;
  bool was_open_ = false;
  bool awaits_readable_ = false, awaits_writable_ = false, is_paused_ = false;
};

}  // namespace starling::soak

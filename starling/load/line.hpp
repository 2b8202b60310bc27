/// @file
/// One WebSocket as a viewer has it: it reads unless it is told not to, and can be cut wherever it is.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "starling/client/handshake.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"
#include "starling/load/wire.hpp"

namespace starling::load {

/// None may destroy the line.
struct LineHandlers {
  std::function<void()> on_open;
  std::function<void(const std::string& text)> on_text;
  std::function<void()> on_lost = {};  ///< `why_lost` says why; not of what `cut` ended, nor of what failed in the constructor
};

struct LineOptions {
  int receive_bytes = 0;              ///< as of `Wire`
  ws::Inflater* inflater = nullptr;  ///< offers permessage-deflate; may be shared by many lines, for a server that keeps a window is refused
};

class Line {
 public:
  enum class State : std::uint8_t { connecting, shaking_hands, open, closing, lost };
  using Ending = Wire::Ending;

  Line(net::EventLoop& loop, const Door& door, const LineOptions& options, LineHandlers handlers);

  /// Only while it is open. What is gathered goes with the next that is sent, or by `flush`.
  void send(std::string_view text);
  void gather(std::string_view text);
  void flush() { wire_.flush(); }
  void pause() noexcept { wire_.pause(); }
  void go_on() { wire_.go_on(); }
  /// Says good-bye; it is lost when the server has answered, with `was_closed`.
  void close();
  /// Ends it at once: without a word, or by a reset.
  void cut(Ending ending, std::string why = "cut");

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool was_open() const noexcept { return was_open_; }
  /// The server answered our good-bye.
  [[nodiscard]] bool was_closed() const noexcept { return was_closed_; }
  [[nodiscard]] const std::string& why_lost() const noexcept { return wire_.why_lost(); }
  [[nodiscard]] std::uint64_t received_bytes() const noexcept { return wire_.received_bytes(); }
  /// Of what was gathered and sent, and the socket has not taken.
  [[nodiscard]] std::size_t unsent_bytes() noexcept { return wire_.out().size(); }

 private:
  void shake_hands(const Door& door);
  void receive(Bytes bytes);
  void receive_answer(Bytes bytes);
  void receive_frames(Bytes bytes);
  void lose(std::string why);

  LineHandlers handlers_;
  ws::Inflater* inflater_;
  State state_ = State::connecting;
  bool was_open_ = false, was_closed_ = false;
  std::optional<client::Handshake> handshake_;
  std::optional<ws::MessageReader> reader_;
  Wire wire_;
};

}  // namespace starling::load

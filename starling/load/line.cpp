#include "starling/load/line.hpp"

#include <fmt/format.h>

#include <array>
#include <cstring>
#include <variant>

#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/handshake.hpp"
#include "starling/io/net/system_random.hpp"

namespace starling::load {
namespace {

constexpr std::string_view kSubprotocol = "starling.v1";
constexpr std::size_t kMessageBytesMax = 64 << 20;

/// What guards proxies from scripts in a browser is not what is measured here: one mask does for all.
constexpr ws::MaskingKey kMask{0x53, 0x6f, 0x61, 0x6b};

std::string handshake_key() {
  const std::array<std::uint64_t, 2> random{net::system_random(), net::system_random()};
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), random.data(), bytes.size());
  return ws::client_key(bytes);
}

}  // namespace

Line::Line(net::EventLoop& loop, const Door& door, const LineOptions& options, LineHandlers handlers)
    : handlers_(std::move(handlers)),
      inflater_(options.inflater),
      wire_(loop, door, options.receive_bytes,
            {.on_open = [this, &door] { shake_hands(door); },
             .on_bytes = [this](Bytes bytes) { receive(bytes); },
             .on_lost =
                 [this] {
                   state_ = State::lost;
                   if (handlers_.on_lost) handlers_.on_lost();
                 }}) {
  if (wire_.state() == Wire::State::lost) state_ = State::lost;
}

void Line::shake_hands(const Door& door) {
  state_ = State::shaking_hands;
  const std::string key = handshake_key();
  wire_.out() = ws::build_client_request({.host = door.host,
                                          .path = door.path,
                                          .key = key,
                                          .subprotocol = kSubprotocol,
                                          .extensions = inflater_ != nullptr ? ws::kDeflateOffer : std::string_view{},
                                          .headers = {}})
                    .value();
  handshake_.emplace(key);
  wire_.flush();
}

void Line::send(std::string_view text) {
  gather(text);
  flush();
}

void Line::gather(std::string_view text) {
  STARLING_CHECK(state_ == State::open);
  ws::append_frame(wire_.out(), ws::Opcode::text, text, kMask);
}

void Line::close() {
  if (state_ != State::open) return;
  ws::append_close(wire_.out(), ws::close_code::kNormalClosure, {}, kMask);
  wire_.flush();
  state_ = State::closing;
}

void Line::cut(Ending ending, std::string why) {
  wire_.cut(ending, std::move(why));
  state_ = State::lost;
}

void Line::receive(Bytes bytes) { state_ == State::shaking_hands ? receive_answer(bytes) : receive_frames(bytes); }

void Line::receive_answer(Bytes bytes) {
  auto answer = handshake_->receive(bytes);
  if (!answer) return;
  if (const auto* declined = std::get_if<client::Declined>(&*answer)) return lose(declined->reason);
  const client::Agreed agreed = std::move(std::get<client::Agreed>(*answer));
  if (agreed.deflate && (inflater_ == nullptr || agreed.deflate->server_keeps_window)) return lose("the server keeps its window when it deflates");
  handshake_.reset();
  reader_.emplace(ws::Role::client, ws::ReaderLimits{.message_bytes_max = kMessageBytesMax}, agreed.deflate ? inflater_ : nullptr);
  state_ = State::open;
  was_open_ = true;
  handlers_.on_open();
  if (!agreed.frames.empty() && state_ != State::lost) receive_frames(as_bytes(agreed.frames));
}

void Line::receive_frames(Bytes bytes) {
  reader_->receive(bytes);
  while (auto event = reader_->next()) {
    if (const auto* message = std::get_if<ws::TextMessage>(&*event)) {
      if (state_ == State::open) handlers_.on_text(message->text);
    } else if (const auto* ping = std::get_if<ws::Ping>(&*event)) {
      ws::append_frame(wire_.out(), ws::Opcode::pong, ping->payload, kMask);
      wire_.flush();
    } else if (const auto* close = std::get_if<ws::Close>(&*event)) {
      was_closed_ = state_ == State::closing;
      // The reason in quotes and escapes: whoever prints it is not to be written to by the server.
      return lose(close->reason.empty() ? fmt::format("the server closes with {}", close->code)
                                        : fmt::format("the server closes with {}: {}", close->code, json::quoted(close->reason)));
    } else {
      return lose("the server breaks the protocol");
    }
    if (state_ == State::lost) return;
  }
}

void Line::lose(std::string why) {
  // By a reset where it is over anyway: who hangs up first keeps the port for a minute, and thousands a second would use them up.
  cut(was_closed_ ? Ending::reset : Ending::hang_up, std::move(why));
  if (handlers_.on_lost) handlers_.on_lost();
}

}  // namespace starling::load

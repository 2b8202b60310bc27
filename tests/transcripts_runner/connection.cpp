#include "tests/transcripts_runner/connection.hpp"

#include <algorithm>

#include "starling/core/base/check.hpp"
#include "starling/core/ws/frame_header.hpp"
#include "starling/core/ws/frame_writer.hpp"

namespace starling::transcripts {

namespace {

/// As a message on the wire.
std::size_t ws_bytes_of(std::string_view text) {
  std::string header;
  ws::append_frame_header(header, ws::Opcode::text, true, text.size());
  return header.size() + text.size();
}

}  // namespace

void Connection::send(fanout::FramePtr frame) {
  STARLING_CHECK(!is_closed_);
  frames_sent_ += frame->messages();
  client_reader_.receive(as_bytes(frame->wire()));
  for (std::uint32_t i = 0; i < frame->messages(); ++i) {
    std::optional<ws::Event> event = client_reader_.next();
    STARLING_CHECK(event && std::holds_alternative<ws::TextMessage>(*event), frame->wire());
    std::string text = std::move(std::get<ws::TextMessage>(*event).text);
    const std::size_t bytes = ws_bytes_of(text);
    transmit(Text{std::move(text)}, bytes);
  }
  STARLING_CHECK(!client_reader_.next());
}

void Connection::ping() {
  const bool one_waits = std::ranges::any_of(waiting_, [](const Waiting& waiting) { return std::holds_alternative<Pinged>(waiting.arrival); });
  if (!one_waits) transmit(Pinged{}, 2);
}

void Connection::close(std::uint16_t code, std::string_view reason) {
  STARLING_CHECK(!is_closed_);
  STARLING_CHECK(ws::is_valid_on_wire(code), code);
  transmit(Closed{code, std::string{reason}}, 4 + reason.size());
  is_closed_ = true;
}

void Connection::give_room(std::optional<std::size_t> frames) {
  room_ = frames;
  while (!waiting_.empty() && room_ != 0) {
    if (room_) --*room_;
    waiting_bytes_ -= waiting_.front().bytes;
    arrive(std::move(waiting_.front().arrival));
    waiting_.pop_front();
  }
}

Arrival Connection::take() {
  Arrival arrival = std::move(arrived_.front());
  arrived_.pop_front();
  return arrival;
}

ws::Event Connection::hear(ws::Opcode opcode, std::string_view payload) {
  std::string wire;
  ws::append_frame(wire, opcode, payload, ws::MaskingKey{0x37, 0xFA, 0x21, 0x3D});
  server_reader_.receive(as_bytes(wire));
  std::optional<ws::Event> event = server_reader_.next();
  STARLING_CHECK(event.has_value());
  STARLING_CHECK(server_reader_.is_finished() || !server_reader_.next());
  return std::move(*event);
}

void Connection::transmit(Arrival arrival, std::size_t bytes) {
  if (!waiting_.empty() || room_ == 0) {
    waiting_bytes_ += bytes;
    waiting_.push_back({std::move(arrival), bytes});
    return;
  }
  if (room_) --*room_;
  arrive(std::move(arrival));
}

void Connection::arrive(Arrival arrival) {
  if (is_gone_ && !std::holds_alternative<Closed>(arrival)) return;
  owes_pong_ = owes_pong_ || std::holds_alternative<Pinged>(arrival);
  arrived_.push_back(std::move(arrival));
}

}  // namespace starling::transcripts

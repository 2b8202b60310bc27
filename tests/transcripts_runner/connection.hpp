/// @file
/// A WebSocket connection in memory: both ends of it, with a socket that can be full.
///
/// Bytes are real on both ways: what the client says is masked and read by the server's reader, what the server sends is read by a
/// client's. Only the network between them is made up.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "starling/core/fanout/link.hpp"
#include "starling/core/ws/message_reader.hpp"

namespace starling::transcripts {

struct Text {
  std::string text;
};
struct Pinged {};
struct Closed {
  std::uint16_t code;
  std::string reason;
};
/// What reached the client.
using Arrival = std::variant<Text, Pinged, Closed>;

class Connection final : public fanout::Link {
 public:
  /// `message_bytes_max` is the server's limit for a client's message.
  explicit Connection(std::size_t message_bytes_max) : server_reader_(ws::Role::server, {.message_bytes_max = message_bytes_max}) {}

  // As the server's session sees it.
  [[nodiscard]] bool is_writable() const noexcept override { return !is_closed_ && waiting_.empty() && room_ != 0; }
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return waiting_bytes_; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_sent_; }
  void ping() override;
  [[nodiscard]] bool is_stalled() const noexcept override { return !is_writable() && !is_gone_; }
  void close(std::uint16_t code, std::string_view reason) override;

  // As the transcript sees it.
  /// The socket takes this many frames more, those waiting first, then none; nullopt: as many as there are.
  void give_room(std::optional<std::size_t> frames);
  /// The client's machine is no more: it answers and acknowledges nothing. What is sent still goes out.
  void lose_peer() noexcept { is_gone_ = true; }
  /// The oldest arrival not taken yet.
  [[nodiscard]] const Arrival* peek() const noexcept { return arrived_.empty() ? nullptr : &arrived_.front(); }
  [[nodiscard]] Arrival take();
  [[nodiscard]] bool is_closed() const noexcept { return is_closed_; }
  /// Whether a ping has come through to a client that answers it; asks once.
  [[nodiscard]] bool take_pong() noexcept { return std::exchange(owes_pong_, false); }
  /// What the client sends in one frame, as the server's reader hands it out.
  [[nodiscard]] ws::Event hear(ws::Opcode opcode, std::string_view payload);

 private:
  void transmit(Arrival arrival, std::size_t bytes);
  void arrive(Arrival arrival);

  struct Waiting {
    Arrival arrival;
    std::size_t bytes;
  };
  ws::MessageReader server_reader_;
  ws::MessageReader client_reader_{ws::Role::client, {.message_bytes_max = 64 << 20}};
  std::deque<Waiting> waiting_;
  std::deque<Arrival> arrived_;
  std::optional<std::size_t> room_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t frames_sent_ = 0;
  bool is_gone_ = false, is_closed_ = false, owes_pong_ = false;
};

}  // namespace starling::transcripts

/// @file
/// What a peer would send, and what a message reader makes of it in pieces of any size.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/ws/frame_writer.hpp"
#include "starling/core/ws/message_reader.hpp"

/// So that a failed comparison shows what was read.
template <>
struct doctest::StringMaker<std::vector<starling::ws::Event>> {
  static String convert(const std::vector<starling::ws::Event>& events) {
    using namespace starling::ws;
    struct Words {
      std::string operator()(const TextMessage& event) const { return "text " + event.text; }
      std::string operator()(const BinaryMessage& event) const { return "binary " + event.bytes; }
      std::string operator()(const Ping& event) const { return "ping " + event.payload; }
      std::string operator()(const Pong& event) const { return "pong " + event.payload; }
      std::string operator()(const Close& event) const {
        return "close " + std::to_string(event.code) + " " + event.reason;
      }
      std::string operator()(const Failure& event) const {
        return "failure " + std::to_string(event.code) + " " + std::string{event.reason};
      }
    };
    std::string text;
    for (const Event& event : events) text.append("[").append(std::visit(Words{}, event), 0, 80).append("] ");
    return text.c_str();
  }
};

namespace starling::ws {

inline constexpr MaskingKey kKey{0x37, 0xFA, 0x21, 0x3D};
inline constexpr std::string_view kEuro = "\xE2\x82\xAC";

using Events = std::vector<Event>;

/// What the peer of `receiver` would send.
inline std::string frame(Role receiver, Opcode opcode, std::string_view payload, bool fin = true) {
  const auto key = receiver == Role::server ? std::optional{kKey} : std::nullopt;
  std::string out;
  append_frame_header(out, opcode, fin, payload.size(), key);
  std::string masked{payload};
  if (key) mask_plain({reinterpret_cast<std::uint8_t*>(masked.data()), masked.size()}, *key);
  return out + masked;
}

/// Gives the bytes to the reader in pieces of `piece_bytes`, each in memory of its own, gone once it is read.
inline Events feed(MessageReader& reader, std::string_view bytes, std::size_t piece_bytes) {
  Events events;
  for (std::size_t at = 0; at < bytes.size(); at += piece_bytes) {
    const auto piece = std::make_unique<std::string>(bytes.substr(at, piece_bytes));
    reader.receive(as_bytes(*piece));
    while (auto event = reader.next()) events.push_back(std::move(*event));
  }
  return events;
}

/// The events of `bytes`, which must be the same in pieces of every size.
inline Events read(Role role, std::string_view bytes, std::size_t message_bytes_max = 1 << 20) {
  MessageReader whole{role, {.message_bytes_max = message_bytes_max}};
  const auto want = feed(whole, bytes, bytes.size());
  for (const std::size_t piece_bytes : {1u, 2u, 3u, 5u, 8u, 13u, 127u, 4096u}) {
    CAPTURE(piece_bytes);
    MessageReader pieces{role, {.message_bytes_max = message_bytes_max}};
    CHECK(feed(pieces, bytes, piece_bytes) == want);
    CHECK(pieces.is_finished() == whole.is_finished());
  }
  return want;
}

}  // namespace starling::ws

// Messages under permessage-deflate (RFC 7692).
#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/hex_test.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader_for_test.hpp"

namespace starling::ws {
namespace {

/// "Hello", deflated (RFC 7692 §7.2.3.1).
const std::string kHelloDeflated = from_hex("f2 48 cd c9 c9 07 00");

/// What the peer of `receiver` would send as the first frame of a message.
std::string deflated_frame(Role receiver, Opcode opcode, std::string_view payload, bool fin = true) {
  std::string out = frame(receiver, opcode, payload, fin);
  out[0] = static_cast<char>(static_cast<unsigned char>(out[0]) | 0x40);
  return out;
}

/// The events of `bytes` for who agreed on it; the same in pieces of every size, and by an inflater that others use too.
Events read_deflated(Role role, std::string_view bytes, std::size_t message_bytes_max = 1 << 20) {
  Inflater inflater;
  MessageReader whole{role, {.message_bytes_max = message_bytes_max}, &inflater};
  const auto want = feed(whole, bytes, bytes.size());
  CHECK(whole.buffer_bytes() <= message_bytes_max + 125);
  for (const std::size_t piece_bytes : {1u, 2u, 3u, 5u, 8u, 13u, 127u, 4096u}) {
    CAPTURE(piece_bytes);
    MessageReader pieces{role, {.message_bytes_max = message_bytes_max}, &inflater};
    CHECK(feed(pieces, bytes, piece_bytes) == want);
    CHECK(pieces.is_finished() == whole.is_finished());
  }
  return want;
}

TEST_CASE("a message with RSV1 is inflated, in one frame or many, beside others and around control frames") {
  for (const Role role : {Role::server, Role::client}) {
    const std::string_view half = std::string_view{kHelloDeflated}.substr(0, 3), rest = std::string_view{kHelloDeflated}.substr(3);
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, kHelloDeflated)) == Events{TextMessage{"Hello"}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::binary, kHelloDeflated)) == Events{BinaryMessage{"Hello"}});
    // RFC 7692 §7.2.3.1: RSV1 on the first fragment only.
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, half, false) + frame(role, Opcode::continuation, rest)) == Events{TextMessage{"Hello"}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, half, false) + frame(role, Opcode::ping, "p") + frame(role, Opcode::continuation, "", false) +
                                  frame(role, Opcode::continuation, rest, false) + frame(role, Opcode::continuation, "") + frame(role, Opcode::text, "plain") +
                                  deflated_frame(role, Opcode::text, from_hex("00")) + deflated_frame(role, Opcode::text, "")) ==
          Events{Ping{"p"}, TextMessage{"Hello"}, TextMessage{"plain"}, TextMessage{""}, TextMessage{""}});
  }
}

TEST_CASE("RSV1 is a protocol error where it was not agreed on, and anywhere but on the first frame of a message") {
  for (const Role role : {Role::server, Role::client}) {
    CHECK(read(role, deflated_frame(role, Opcode::text, kHelloDeflated)) == Events{Failure{1002, describe(FrameError::reserved_bits)}});
    const Events inside{Failure{1002, describe(FrameError::compressed_inside)}};
    CHECK(read_deflated(role, deflated_frame(role, Opcode::ping, "")) == inside);
    CHECK(read_deflated(role, deflated_frame(role, Opcode::close, "")) == inside);
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, kHelloDeflated.substr(0, 3), false) + deflated_frame(role, Opcode::continuation, kHelloDeflated.substr(3))) == inside);
    CHECK(read_deflated(role, frame(role, Opcode::text, "plain", false) + deflated_frame(role, Opcode::continuation, kHelloDeflated)) == inside);
  }
}

TEST_CASE("compressed data that is broken is 1007, whatever bore it") {
  for (const Role role : {Role::server, Role::client}) {
    const Events broken{Failure{1007, "compressed data is broken"}};
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, "\x07")) == broken);
    CHECK(read_deflated(role, deflated_frame(role, Opcode::binary, kHelloDeflated.substr(0, 5))) == broken);
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, kHelloDeflated.substr(0, 5), false) + frame(role, Opcode::continuation, "")) == broken);
  }
}

TEST_CASE("what is inflated is UTF-8 if it is text, and anything if it is not") {
  // Blocks without compression: what they hold stands in them.
  const auto stored = [](std::string_view text) {
    const auto size = static_cast<unsigned char>(text.size());
    return std::string{'\0', static_cast<char>(size), '\0', static_cast<char>(~size), '\xFF'} + std::string{text} + '\0';
  };
  for (const Role role : {Role::server, Role::client}) {
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, stored(kEuro))) == Events{TextMessage{std::string{kEuro}}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, stored(kEuro)) + frame(role, Opcode::text, kEuro)) == Events{TextMessage{std::string{kEuro}}, TextMessage{std::string{kEuro}}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, stored("a\xFF"))) == Events{Failure{1007, "text is not UTF-8"}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, stored(kEuro.substr(0, 2)))) == Events{Failure{1007, "text ends inside a character"}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::binary, stored("a\xFF"))) == Events{BinaryMessage{"a\xFF"}});
    // A plain message is still told at the byte.
    CHECK(read_deflated(role, frame(role, Opcode::text, "a\xFF", false)) == Events{Failure{1007, "text is not UTF-8"}});
  }
}

TEST_CASE("the limit counts what comes by its declared length and what it inflates to, at one below, at, and one above") {
  Deflater deflater;
  const std::string bomb{deflater.deflate(std::string(10'000, 'a')).value()};
  for (const Role role : {Role::server, Role::client}) {
    const std::string bytes = deflated_frame(role, Opcode::text, bomb);
    CHECK(read_deflated(role, bytes, 10'001) == Events{TextMessage{std::string(10'000, 'a')}});
    CHECK(read_deflated(role, bytes, 10'000) == Events{TextMessage{std::string(10'000, 'a')}});
    CHECK(read_deflated(role, bytes, 9'999) == Events{Failure{1009, "message inflates over the limit"}});
    // Seven bytes that are five: the larger counts.
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, kHelloDeflated), 7) == Events{TextMessage{"Hello"}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, kHelloDeflated), 6) == Events{Failure{1009, "message over the limit"}});
    CHECK(read_deflated(role, deflated_frame(role, Opcode::text, kHelloDeflated.substr(0, 4), false) + frame(role, Opcode::continuation, kHelloDeflated.substr(4)), 6) ==
          Events{Failure{1009, "message over the limit"}});
  }
}

TEST_CASE("readers that share an inflater do not see each other's messages, however they interleave") {
  Inflater inflater;
  MessageReader one{Role::client, {}, &inflater}, other{Role::client, {}, &inflater};
  Deflater deflater;
  const std::string a{deflater.deflate(std::string(1'000, 'a') + std::string(1'000, 'b')).value()};
  const std::string b{deflater.deflate(std::string(2'000, 'b')).value()};
  const std::string bytes_a = deflated_frame(Role::client, Opcode::text, a), bytes_b = deflated_frame(Role::client, Opcode::text, b);
  CHECK(feed(one, bytes_a.substr(0, 6), 1).empty());
  CHECK(feed(other, bytes_b.substr(0, 6), 1).empty());
  CHECK(feed(one, bytes_a.substr(6), 1) == Events{TextMessage{std::string(1'000, 'a') + std::string(1'000, 'b')}});
  CHECK(feed(other, bytes_b.substr(6), 1) == Events{TextMessage{std::string(2'000, 'b')}});
  CHECK(one.buffer_bytes() == 0);
}

}  // namespace
}  // namespace starling::ws

#include "starling/core/ws/frame_header.hpp"

#include <doctest/doctest.h>

#include <set>

#include "starling/core/ws/hex_test.hpp"

namespace starling::ws {
namespace {

constexpr MaskingKey kKey{0x37, 0xFA, 0x21, 0x3D};

Result<std::optional<FrameHeader>, FrameError> read(std::string_view bytes, Role receiver) {
  return read_frame_header(as_bytes(bytes), receiver);
}

TEST_CASE("the headers of RFC 6455 §5.7 are read as the RFC explains them") {
  struct Case {
    std::string_view name;
    Role receiver;
    std::string_view input;
    FrameHeader want;
  };
  for (const Case& c : {
           Case{"unmasked text Hello", Role::client, "81 05 48 65 6c 6c 6f", {true, Opcode::text, false, false, {}, 5, 2}},
           Case{"masked text Hello",
                Role::server,
                "81 85 37 fa 21 3d 7f 9f 4d 51 58",
                {true, Opcode::text, true, false, kKey, 5, 6}},
           Case{"first fragment Hel", Role::client, "01 03 48 65 6c", {false, Opcode::text, false, false, {}, 3, 2}},
           Case{"last fragment lo", Role::client, "80 02 6c 6f", {true, Opcode::continuation, false, false, {}, 2, 2}},
           Case{"unmasked ping Hello", Role::client, "89 05 48 65 6c 6c 6f", {true, Opcode::ping, false, false, {}, 5, 2}},
           Case{"masked pong Hello",
                Role::server,
                "8a 85 37 fa 21 3d 7f 9f 4d 51 58",
                {true, Opcode::pong, true, false, kKey, 5, 6}},
           Case{"256 bytes of binary", Role::client, "82 7E 0100", {true, Opcode::binary, false, false, {}, 256, 4}},
           Case{"64 KiB of binary",
                Role::client,
                "82 7F 0000000000010000",
                {true, Opcode::binary, false, false, {}, 65536, 10}},
       }) {
    CAPTURE(c.name);
    const auto got = read(from_hex(c.input), c.receiver);
    REQUIRE(got);
    REQUIRE(got->has_value());
    CHECK(**got == c.want);
  }
}

TEST_CASE("a header that no valid peer sends is refused by name, whole and byte by byte") {
  struct Case {
    std::string_view name;
    Role receiver;
    std::string_view input;
    FrameError want;
  };
  for (const Case& c : {
           Case{"RSV1 with no extension", Role::client, "C1 00", FrameError::reserved_bits},
           Case{"RSV2 with no extension", Role::server, "A1 80 00000000", FrameError::reserved_bits},
           Case{"RSV3 with no extension", Role::server, "91 80 00000000", FrameError::reserved_bits},
           Case{"opcode 0x3 is reserved", Role::client, "83 00", FrameError::unknown_opcode},
           Case{"opcode 0x7 is reserved", Role::server, "87 80 00000000", FrameError::unknown_opcode},
           Case{"opcode 0xB is reserved", Role::client, "8B 00", FrameError::unknown_opcode},
           Case{"opcode 0xF is reserved", Role::server, "8F 80 00000000", FrameError::unknown_opcode},
           Case{"ping without FIN", Role::client, "09 00", FrameError::control_fragmented},
           Case{"close without FIN", Role::server, "08 80 00000000", FrameError::control_fragmented},
           Case{"ping of 126 bytes", Role::client, "89 7E 007E", FrameError::control_too_long},
           Case{"pong of 126 bytes", Role::server, "8A FE 007E 00000000", FrameError::control_too_long},
           Case{"close with a 64-bit length", Role::client, "88 7F 0000000000010000", FrameError::control_too_long},
           Case{"unmasked text to a server", Role::server, "81 05 48656c6c6f", FrameError::mask_missing},
           Case{"unmasked ping to a server", Role::server, "89 00", FrameError::mask_missing},
           Case{"masked text to a client", Role::client, "81 85 37fa213d 7f9f4d5158", FrameError::mask_present},
           Case{"2^63 bytes to a client", Role::client, "82 7F 8000000000000000", FrameError::length_too_long},
           Case{"2^64 - 1 bytes to a server", Role::server, "82 FF FFFFFFFFFFFFFFFF 00000000",
                FrameError::length_too_long},
           Case{"0 in 16 bits", Role::client, "82 7E 0000", FrameError::length_not_minimal},
           Case{"125 in 16 bits", Role::server, "82 FE 007D 00000000", FrameError::length_not_minimal},
           Case{"126 in 64 bits", Role::client, "82 7F 000000000000007E", FrameError::length_not_minimal},
           Case{"65535 in 64 bits", Role::server, "82 FF 000000000000FFFF 00000000", FrameError::length_not_minimal},
       }) {
    CAPTURE(c.name);
    const std::string input = from_hex(c.input);
    const auto whole = read(input, c.receiver);
    REQUIRE_FALSE(whole);
    CHECK(whole.error() == c.want);

    // Each front of it is not yet a header, or this error: never a header, never another error.
    for (std::size_t size = 0; size < input.size(); ++size) {
      CAPTURE(size);
      const auto front = read(std::string_view{input}.substr(0, size), c.receiver);
      if (front) {
        CHECK_FALSE(front->has_value());
      } else {
        CHECK(front.error() == c.want);
      }
    }
  }
}

TEST_CASE("the largest length there is, 2^63 - 1, is read") {
  const auto got = read(from_hex("82 7F 7FFFFFFFFFFFFFFF"), Role::client);
  REQUIRE(got);
  REQUIRE(got->has_value());
  CHECK((*got)->payload_bytes == (std::uint64_t{1} << 63) - 1);
}

TEST_CASE("a control frame of 125 bytes is the longest") {
  const auto got = read(from_hex("89 7D"), Role::client);
  REQUIRE(got);
  REQUIRE(got->has_value());
  CHECK((*got)->payload_bytes == 125);
}

TEST_CASE("what is appended is read again, in the shortest form, for both roles and byte by byte") {
  struct Case {
    std::uint64_t payload_bytes;
    std::size_t header_bytes;  ///< unmasked
  };
  for (const Case& c :
       {Case{0, 2}, Case{1, 2}, Case{124, 2}, Case{125, 2}, Case{126, 4}, Case{127, 4}, Case{65534, 4},
        Case{65535, 4}, Case{65536, 10}, Case{65537, 10}, Case{(std::uint64_t{1} << 63) - 1, 10}}) {
    for (const Role receiver : {Role::server, Role::client}) {
      for (const bool fin : {true, false}) {
        CAPTURE(c.payload_bytes);
        CAPTURE(fin);
        const bool masked = receiver == Role::server;
        std::string bytes;
        append_frame_header(bytes, Opcode::binary, fin, c.payload_bytes, masked ? std::optional{kKey} : std::nullopt);
        CHECK(bytes.size() == c.header_bytes + (masked ? 4 : 0));
        CHECK(bytes.size() <= kFrameHeaderBytesMax);

        for (std::size_t size = 0; size < bytes.size(); ++size) {
          const auto front = read(std::string_view{bytes}.substr(0, size), receiver);
          REQUIRE(front);
          CHECK_FALSE(front->has_value());
        }
        const auto got = read(bytes + "payload", receiver);
        REQUIRE(got);
        REQUIRE(got->has_value());
        CHECK(**got ==
              FrameHeader{fin, Opcode::binary, masked, false, masked ? kKey : MaskingKey{}, c.payload_bytes, bytes.size()});
      }
    }
  }
}

TEST_CASE(
    "of all first bytes exactly those of known opcodes without reserved bits pass, control frames with FIN only") {
  std::set<unsigned> passed;
  for (unsigned first = 0; first < 256; ++first) {
    const char bytes[] = {static_cast<char>(first), 0};
    const auto got = read({bytes, 2}, Role::client);
    if (got && got->has_value()) passed.insert(first);
  }
  CHECK(passed == std::set<unsigned>{0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A});
}

TEST_CASE("with permessage-deflate RSV1 passes too, on the first frame of a message only (RFC 7692 §6.1)") {
  std::set<unsigned> compressed, inside;
  for (unsigned first = 0; first < 256; ++first) {
    const std::string bytes{static_cast<char>(first), 0};
    const auto plain = read(bytes, Role::client);
    const auto got = read_frame_header(as_bytes(bytes), Role::client, Extensions::permessage_deflate);
    if (got && got->has_value() && (*got)->compressed) {
      compressed.insert(first);
      CHECK((*got)->fin == ((first & 0x80) != 0));
    } else if (!got && got.error() == FrameError::compressed_inside) {
      inside.insert(first);
    } else if (got) {
      REQUIRE(plain);
      CHECK(**got == **plain);
    } else {
      REQUIRE_FALSE(plain);
      CHECK((got.error() == plain.error() || plain.error() == FrameError::reserved_bits));
    }
  }
  CHECK(compressed == std::set<unsigned>{0x41, 0x42, 0xC1, 0xC2});
  CHECK(inside == std::set<unsigned>{0x40, 0x48, 0x49, 0x4A, 0xC0, 0xC8, 0xC9, 0xCA});
}

TEST_CASE("a header of a compressed message is written as it is read") {
  std::string bytes;
  append_frame_header(bytes, Opcode::text, true, 7, std::nullopt, true);
  CHECK(bytes == from_hex("C1 07"));  // RFC 7692 §7.2.3.1
}

TEST_CASE("every error has its own words, short enough for a close frame") {
  std::set<std::string_view> words;
  for (const FrameError error :
       {FrameError::reserved_bits, FrameError::unknown_opcode, FrameError::compressed_inside, FrameError::control_fragmented,
        FrameError::control_too_long, FrameError::mask_missing, FrameError::mask_present, FrameError::length_too_long,
        FrameError::length_not_minimal}) {
    CHECK_FALSE(describe(error).empty());
    CHECK(describe(error).size() <= 123);
    words.insert(describe(error));
  }
  CHECK(words.size() == 9);
}

}  // namespace
}  // namespace starling::ws
